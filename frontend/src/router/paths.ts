/** Route patterns of all pages. A new page is added here, in `hrefs`, and in src/app.tsx. */
export const routes = {
  home: '/',
  shop: '/shop',
  product: '/products/:productId',
  cart: '/cart',
  checkout: '/checkout',
  orders: '/orders',
  order: '/orders/:orderId',
  inside: '/orders/:orderId/inside',
} as const;

/** URLs of all pages. */
export const hrefs = {
  home: '/',
  /** `search` is a query string without its question mark. */
  shop: (search = '') => (search === '' ? '/shop' : `/shop?${search}`),
  category: (id: string) => `/shop?category=${encodeURIComponent(id)}`,
  product: (productId: string) => `/products/${encodeURIComponent(productId)}`,
  cart: '/cart',
  checkout: '/checkout',
  orders: '/orders',
  order: (orderId: string) => `/orders/${encodeURIComponent(orderId)}`,
  inside: (orderId: string) => `/orders/${encodeURIComponent(orderId)}/inside`,
} as const;
