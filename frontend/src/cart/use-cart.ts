import type { CartView } from '@tidewater/contracts/storefront.ts';
import { cartQuery } from '../data/queries.ts';
import { useShop } from '../data/shop.ts';
import type { ServerQuery } from '../data/use-server-query.ts';
import { useServerQuery } from '../data/use-server-query.ts';

export const useCart = (): ServerQuery<CartView> => useServerQuery(cartQuery(useShop().api));
