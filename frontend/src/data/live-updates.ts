import type { QueryClient } from '@tanstack/react-query';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, HomePage, OrderSummary, OrderView, ProductView } from '@tidewater/contracts/storefront.ts';
import { setNewerData } from './query-client.ts';
import { queryKeys } from './query-keys.ts';

/** The newer of two views of one order; a live update may arrive before an older response. */
export const newerOrder = (current: OrderView | undefined, received: OrderView): OrderView =>
  current !== undefined && current.version > received.version ? current : received;

export const applyCart = (client: QueryClient, cart: CartView): void => setNewerData(client, queryKeys.cart, cart);

export const applyOrder = (client: QueryClient, received: OrderView): void => {
  const queryKey = queryKeys.order(received.orderId);
  const current = client.getQueryData<OrderView>(queryKey);
  const order = newerOrder(current, received);
  if (order !== current) setNewerData(client, queryKey, order);
  client.setQueryData<readonly OrderSummary[]>(queryKeys.orders, (list) => list && withOrder(list, order));
};

/** The list with this order updated, or prepended when it is new. */
export const withOrder = (list: readonly OrderSummary[], order: OrderView): readonly OrderSummary[] => {
  const { orderId, status, placedAt, total, itemCount } = order;
  const summary: OrderSummary = { orderId, status, placedAt, total, itemCount };
  return list.some((each) => each.orderId === orderId)
    ? list.map((each) => (each.orderId === orderId ? summary : each))
    : [summary, ...list];
};

export interface StockUpdate {
  readonly productId: string;
  readonly available: number;
}

/** Sets the new stock in every cached view that contains the product, without a request. */
export const applyStock = (client: QueryClient, { productId, available }: StockUpdate): void => {
  const withStock = <P extends { readonly id: string; readonly available: number }>(products: readonly P[]) =>
    products.map((each) => (each.id === productId ? { ...each, available } : each));
  client.setQueriesData<ProductView>({ queryKey: queryKeys.allProducts }, (view) => {
    if (view === undefined) return undefined;
    const [product = view.product] = withStock([view.product]);
    return { product, related: withStock(view.related) };
  });
  client.setQueriesData<ProductPage>(
    { queryKey: queryKeys.allProductLists },
    (page) => page && { ...page, products: withStock(page.products) },
  );
  client.setQueryData<CartView>(
    queryKeys.cart,
    (cart) =>
      cart && {
        ...cart,
        lines: cart.lines.map((line) => {
          const [product = line.product] = withStock([line.product]);
          return { ...line, product };
        }),
      },
  );
  client.setQueryData<HomePage>(queryKeys.home, (home) => home && { ...home, picks: withStock(home.picks) });
};
