import { startService } from '@tidewater/kit/service.ts';
import { catalog } from './catalog.ts';

void startService({ name: 'catalog', build: catalog });
