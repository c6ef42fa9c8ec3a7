import { startService } from '@tidewater/kit/service.ts';
import { payment } from './payment.ts';

void startService({ name: 'payment', build: payment });
