import type { IconName } from '../parts/icon.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../router/link.tsx';
import type { Route } from '../router/route.ts';
import { usePlace } from '../router/use-navigation.ts';
import { CartCount } from './cart-count.tsx';

const places: readonly {
  readonly to: Route | string;
  readonly page: Route['page'] | 'search';
  readonly icon: IconName;
  readonly words: string;
}[] = [
  { to: { page: 'shop', search: '' }, page: 'shop', icon: 'shop', words: 'Shop' },
  { to: '/shop#search', page: 'search', icon: 'search', words: 'Search' },
  { to: { page: 'cart' }, page: 'cart', icon: 'cart', words: 'Cart' },
  { to: { page: 'orders' }, page: 'orders', icon: 'orders', words: 'Orders' },
];

/** The phone's way around, in reach of a thumb. */
export const BottomBar = () => {
  const { route, fragment } = usePlace();
  const here = route.page === 'shop' && fragment === 'search' ? 'search' : route.page;
  return (
    <nav className="bottom-bar" aria-label="Places">
      {places.map(({ to, page, icon, words }) => (
        <Link key={page} to={to} {...(here === page ? ({ 'aria-current': 'page' } as const) : {})}>
          <Icon name={icon} />
          <span>{words}</span>
          {page === 'cart' ? <CartCount /> : null}
        </Link>
      ))}
    </nav>
  );
};
