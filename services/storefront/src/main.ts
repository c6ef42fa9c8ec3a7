import { startService } from '@tidewater/kit/service.ts';
import { storefront } from './storefront.ts';

void startService({ name: 'storefront', build: storefront });
