import { startService } from '@tidewater/kit/service.ts';
import { payment } from './payment.ts';

await startService({ name: 'payment', build: payment });
