import { startService } from '@tidewater/kit/service.ts';
import { paymentService } from './service.ts';

void startService({ name: 'payment', build: paymentService });
