import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import type { CartView, HomePage, OrderSummary, OrderView, ProductView } from '@tidewater/contracts/storefront.ts';
import type { ResourceCache } from './resource-cache.ts';

export const queryKeys = {
  home: 'home',
  cart: 'cart',
  orders: 'orders',
  order: (orderId: string) => `order:${orderId}`,
  inside: (orderId: string) => `inside:${orderId}`,
  product: (productId: string) => `product:${productId}`,
  products: (search: string) => `products:${search}`,
} as const;

/** The newer of two views of one order; a live update may arrive before an older response. */
export const newerOrder = (current: OrderView | undefined, received: OrderView): OrderView =>
  current !== undefined && current.version > received.version ? current : received;

export const applyCart = (cache: ResourceCache, cart: CartView): void => cache.set(queryKeys.cart, cart);

export const applyOrder = (cache: ResourceCache, received: OrderView): void => {
  const key = queryKeys.order(received.orderId);
  const current = cache.read(key).data as OrderView | undefined;
  const order = newerOrder(current, received);
  if (order !== current) cache.set(key, order);
  cache.patch(queryKeys.orders, (data) => withOrder(data as readonly OrderSummary[], order));
};

/** The list with this order updated, or prepended when it is new. */
export const withOrder = (list: readonly OrderSummary[], order: OrderView): readonly OrderSummary[] => {
  const { orderId, status, placedAt, total, itemCount } = order;
  const summary: OrderSummary = { orderId, status, placedAt, total, itemCount };
  return list.some((each) => each.orderId === orderId)
    ? list.map((each) => (each.orderId === orderId ? summary : each))
    : [summary, ...list];
};

/** Sets the new stock in every cached view that contains the product, without a request. */
export const applyStock = (
  cache: ResourceCache,
  update: { readonly productId: string; readonly available: number },
): void => {
  const withStock = <P extends { readonly id: string; readonly available: number }>(list: readonly P[]): readonly P[] =>
    list.some((each) => each.id === update.productId && each.available !== update.available)
      ? list.map((each) => (each.id === update.productId ? { ...each, available: update.available } : each))
      : list;
  cache.patch('product:', (data) => {
    const view = data as ProductView;
    const [product] = withStock([view.product]);
    const related = withStock(view.related);
    return product === view.product && related === view.related ? view : { product, related };
  });
  cache.patch('products:', (data) => {
    const page = data as ProductPage;
    const products = withStock(page.products);
    return products === page.products ? page : { ...page, products };
  });
  cache.patch(queryKeys.cart, (data) => {
    const cart = data as CartView;
    const products = withStock(cart.lines.map((line) => line.product));
    const isSame = products.every((product, index) => product === cart.lines[index]?.product);
    if (isSame) return cart;
    return { ...cart, lines: cart.lines.map((line, index) => ({ ...line, product: products[index] ?? line.product })) };
  });
  cache.patch(queryKeys.home, (data) => {
    const home = data as HomePage;
    const picks = withStock(home.picks);
    return picks === home.picks ? home : { ...home, picks };
  });
};
