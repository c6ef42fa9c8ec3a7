import type { CartView } from '@tidewater/contracts/storefront.ts';
import { keyOf } from '../data/live-news.ts';
import { useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';

export const useCart = (): Resource<CartView> => {
  const { api } = useShop();
  return useResource<CartView>(keyOf.cart, api.cart);
};
