import { useCart } from '../cart/use-cart.ts';

/** How many things are in the cart; keeps its place while it is not known. */
export const CartCount = () => {
  const { data } = useCart();
  const count = data?.count ?? 0;
  return (
    // A new key for a new count plays the bump again.
    <span
      key={count}
      className={count > 0 ? 'cart-count full figures' : 'cart-count figures'}
      data-testid="cart-count"
      data-cart-target=""
    >
      {count}
    </span>
  );
};
