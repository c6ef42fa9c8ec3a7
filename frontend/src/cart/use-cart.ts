import type { CartView } from '@tidewater/contracts/storefront.ts';
import { queryKeys } from '../data/live-updates.ts';
import { useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';

export const useCart = (): Resource<CartView> => {
  const { api } = useShop();
  return useResource<CartView>(queryKeys.cart, api.cart);
};
