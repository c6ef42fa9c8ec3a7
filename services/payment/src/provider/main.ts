import { startService } from '@tidewater/kit/service.ts';
import { provider } from './provider.ts';

await startService({ name: 'provider', build: provider });
