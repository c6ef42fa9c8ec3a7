import type { ConfigurationSink } from '#blocks/configuration/configuration-sink.ts';
import type { ConfigurationItem } from '#blocks/configuration/configuration-store.ts';
import { wireItem } from '#blocks/configuration/wire-item.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { defineError } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { readStart } from '#core/message.ts';

export const configurationRejected = defineError(
  { code: 'ERR_CONFIGURATION_DELIVERY', http: 502, grpc: 'Internal' },
  (key: string, status: number) => `error sending configuration item ${key} to application, status ${status}`,
);

const headers = ['content-type', 'application/json'] as const;
/** The response has no content of interest; more than this is not read. */
const responseLimitBytes = 1 << 20;

/**
 * Changes as HTTP requests to the app, one per key. All are sent even if one is rejected; then the first rejection is
 * thrown.
 */
export function httpConfigurationSink(app: AppChannel): ConfigurationSink {
  return {
    async deliver(call, storeName, { id, items }) {
      const send = async (key: string, item: ConfigurationItem): Promise<void> => {
        const path = `/configuration/${encodeURIComponent(storeName)}/${pathOf(key)}`;
        const body = Buffer.from(goJson({ id, items: { [key]: wireItem(item) } }));
        const reply = await app.request(call, { verb: 'POST', path, query: '', headers, body });
        await readStart(reply.body, responseLimitBytes);
        if (reply.status !== 200) throw configurationRejected(key, reply.status);
      };
      const sent = await Promise.allSettled(Object.entries(items).map(([key, item]) => send(key, item)));
      const failed = sent.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

/** Slashes of a key stay in the path as they are: upstream encodes nothing. */
function pathOf(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/');
}
