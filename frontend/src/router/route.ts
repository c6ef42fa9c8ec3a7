/** Every route of the shop. A new page is added here, in `readRoute`, in `hrefOf`, and in `src/app.tsx`. */
export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'shop'; readonly search: string }
  | { readonly page: 'product'; readonly productId: string }
  | { readonly page: 'cart' }
  | { readonly page: 'checkout' }
  | { readonly page: 'orders' }
  | { readonly page: 'order'; readonly orderId: string }
  | { readonly page: 'inside'; readonly orderId: string }
  | { readonly page: 'not-found'; readonly path: string };

/** `search` is the query string with or without its question mark. Never throws: unknown paths are `not-found`. */
export const readRoute = (path: string, search = ''): Route => {
  const segments = path.split('/').filter((segment) => segment !== '');
  const [first, encoded, third, fourth] = segments;
  const second = decode(encoded);
  if (fourth !== undefined) return { page: 'not-found', path };
  switch (first) {
    case undefined:
      return { page: 'home' };
    case 'shop':
      if (encoded === undefined) return { page: 'shop', search: search.replace(/^\?/, '') };
      break;
    case 'products':
      // `/products` is what remains when the id is cut off a product's URL.
      if (encoded === undefined) return { page: 'shop', search: search.replace(/^\?/, '') };
      if (second !== undefined && third === undefined) return { page: 'product', productId: second };
      break;
    case 'cart':
      if (encoded === undefined) return { page: 'cart' };
      break;
    case 'checkout':
      if (encoded === undefined) return { page: 'checkout' };
      break;
    case 'orders':
      if (encoded === undefined) return { page: 'orders' };
      if (second !== undefined && third === undefined) return { page: 'order', orderId: second };
      if (second !== undefined && third === 'inside') return { page: 'inside', orderId: second };
      break;
  }
  return { page: 'not-found', path };
};

export const hrefOf = (route: Route): string => {
  switch (route.page) {
    case 'home':
      return '/';
    case 'shop':
      return route.search === '' ? '/shop' : `/shop?${route.search}`;
    case 'product':
      return `/products/${encodeURIComponent(route.productId)}`;
    case 'cart':
      return '/cart';
    case 'checkout':
      return '/checkout';
    case 'orders':
      return '/orders';
    case 'order':
      return `/orders/${encodeURIComponent(route.orderId)}`;
    case 'inside':
      return `/orders/${encodeURIComponent(route.orderId)}/inside`;
    case 'not-found':
      return route.path;
  }
};

const decode = (segment: string | undefined): string | undefined => {
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    // Malformed escapes such as `%zz` are an unknown address, not an error.
    return undefined;
  }
};
