import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { eventually } from '../harness/store.ts';
import type { Shopper } from '../harness/shopper.ts';

/** The live updates that an open page of a shopper reads. The shopper must not have sent a request before. */
export async function openPage(url: string, shopper: Shopper) {
  const { headers } = await shopper.request('GET', '/api/cart');
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const closing = new AbortController();
  const response = await fetch(`${url}/api/live`, { headers: { cookie }, signal: closing.signal });
  if (!response.ok || !response.body) throw new Error(`/api/live: ${response.status}`);
  let text = '';
  const reading = (async (body: AsyncIterable<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of body) text += decoder.decode(bytes, { stream: true });
  })(response.body).catch(() => undefined);
  return {
    /** Waits until the stream has sent this order with this status. */
    async expectOrder(orderId: string, status: string, limitMs = 20_000): Promise<void> {
      await eventually(
        `the page receiving that ${orderId} is ${status}`,
        () => Promise.resolve(ordersIn(text).map((order) => `${order.orderId} ${order.status}`)),
        (received) => received.includes(`${orderId} ${status}`),
        limitMs,
      );
    },
    async close(): Promise<void> {
      closing.abort();
      await reading;
    },
  };
}

function ordersIn(text: string): readonly OrderView[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const lines = block.split('\n');
      const data = lines.find((line) => line.startsWith('data: '));
      return lines.includes('event: order') && data ? [JSON.parse(data.slice(6)) as OrderView] : [];
    });
}
