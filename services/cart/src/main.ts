import { startService } from '@tidewater/kit/service.ts';
import { cartService } from './service.ts';

void startService({ name: 'cart', build: cartService });
