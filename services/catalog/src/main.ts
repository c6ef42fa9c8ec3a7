import { startService } from '@tidewater/kit/service.ts';
import { catalogService } from './service.ts';

void startService({ name: 'catalog', build: catalogService });
