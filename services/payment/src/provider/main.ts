import { startService } from '@tidewater/kit/service.ts';
import { provider } from './provider.ts';

void startService({ name: 'provider', build: provider });
