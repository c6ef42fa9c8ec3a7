import { useCart } from '../cart/use-cart.ts';

/** The number of items in the cart; occupies its space while the cart is loading. */
export const CartCount = () => {
  const { data } = useCart();
  const count = data?.count ?? 0;
  return (
    // A new key restarts the CSS animation when the count changes.
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
