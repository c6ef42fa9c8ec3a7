import { startService } from '@tidewater/kit/service.ts';
import { cartService } from './service.ts';

await startService({ name: 'cart', build: cartService });
