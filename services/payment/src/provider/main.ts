import { startService } from '@tidewater/kit/service.ts';
import { providerService } from './service.ts';

void startService({ name: 'provider', build: providerService });
