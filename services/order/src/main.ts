import { startService } from '@tidewater/kit/service.ts';
import { orderService } from './service.ts';

void startService({ name: 'order', build: orderService });
