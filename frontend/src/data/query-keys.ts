/** Keys of all queries. The first element is the kind, so that updates can address all queries of one kind. */
export const queryKeys = {
  home: ['home'],
  cart: ['cart'],
  orders: ['orders'],
  order: (orderId: string) => ['order', orderId] as const,
  inside: (orderId: string) => ['inside', orderId] as const,
  allProducts: ['product'],
  product: (productId: string) => ['product', productId] as const,
  allProductLists: ['products'],
  products: (search: string) => ['products', search] as const,
} as const;
