import { startService } from '@tidewater/kit/service.ts';
import { orderService } from './service.ts';

await startService({ name: 'order', build: orderService });
