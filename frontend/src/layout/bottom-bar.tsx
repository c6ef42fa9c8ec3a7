import type { IconName } from '../components/icon.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../router/link.tsx';
import type { Route } from '../router/route.ts';
import { useShopLocation } from '../router/use-navigation.ts';
import { CartCount } from './cart-count.tsx';

const items: readonly {
  readonly to: Route | string;
  readonly page: Route['page'] | 'search';
  readonly icon: IconName;
  readonly label: string;
}[] = [
  { to: { page: 'shop', search: '' }, page: 'shop', icon: 'shop', label: 'Shop' },
  { to: '/shop#search', page: 'search', icon: 'search', label: 'Search' },
  { to: { page: 'cart' }, page: 'cart', icon: 'cart', label: 'Cart' },
  { to: { page: 'orders' }, page: 'orders', icon: 'orders', label: 'Orders' },
];

/** Navigation on phones. */
export const BottomBar = () => {
  const { route, fragment } = useShopLocation();
  const currentPage = route.page === 'shop' && fragment === 'search' ? 'search' : route.page;
  return (
    <nav className="bottom-bar" aria-label="Places">
      {items.map(({ to, page, icon, label }) => (
        <Link key={page} to={to} {...(currentPage === page ? ({ 'aria-current': 'page' } as const) : {})}>
          <Icon name={icon} />
          <span>{label}</span>
          {page === 'cart' ? <CartCount /> : null}
        </Link>
      ))}
    </nav>
  );
};
