import { startService } from '@tidewater/kit/service.ts';
import { storefront } from './storefront.ts';

await startService({ name: 'storefront', build: storefront });
