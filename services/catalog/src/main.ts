import { startService } from '@tidewater/kit/service.ts';
import { catalog } from './catalog.ts';

await startService({ name: 'catalog', build: catalog });
