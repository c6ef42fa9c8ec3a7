import { startService } from '@tidewater/kit/service.ts';
import { storefrontService } from './service.ts';

void startService({ name: 'storefront', build: storefrontService });
