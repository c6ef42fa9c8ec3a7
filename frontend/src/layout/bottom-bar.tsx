import { Link } from 'wouter';
import type { IconName } from '../components/icon.tsx';
import { Icon } from '../components/icon.tsx';
import { CartCount } from './cart-count.tsx';
import { hrefs } from '../router/paths.ts';
import type { PageName } from '../router/use-url.ts';
import { useFragment, usePage } from '../router/use-url.ts';

const items: readonly {
  readonly href: string;
  readonly page: PageName | 'search';
  readonly icon: IconName;
  readonly label: string;
}[] = [
  { href: hrefs.shop(), page: 'shop', icon: 'shop', label: 'Shop' },
  { href: `${hrefs.shop()}#search`, page: 'search', icon: 'search', label: 'Search' },
  { href: hrefs.cart, page: 'cart', icon: 'cart', label: 'Cart' },
  { href: hrefs.orders, page: 'orders', icon: 'orders', label: 'Orders' },
];

/** Navigation on phones. */
export const BottomBar = () => {
  const page = usePage();
  const isSearch = useFragment() === 'search' && page === 'shop';
  const currentItem = isSearch ? 'search' : page;
  return (
    <nav className="bottom-bar" aria-label="Places">
      {items.map(({ href, page: item, icon, label }) => (
        <Link key={item} href={href} {...(currentItem === item ? ({ 'aria-current': 'page' } as const) : {})}>
          <Icon name={icon} />
          <span>{label}</span>
          {item === 'cart' ? <CartCount /> : null}
        </Link>
      ))}
    </nav>
  );
};
