import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

/** `1 item`, `4 items`. */
export const itemCount = (count: number): string => text('count.items', { count });
