import { Link } from 'wouter';
import type { IconName } from '../components/icon.tsx';
import { Icon } from '../components/icon.tsx';
import { CartCount } from './cart-count.tsx';
import { hrefs } from '../router/paths.ts';
import type { PageName } from '../router/use-url.ts';
import { useFragment, usePage } from '../router/use-url.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

const items: readonly {
  readonly href: string;
  readonly page: PageName | 'search';
  readonly icon: IconName;
  readonly label: string;
}[] = [
  { href: hrefs.shop(), page: 'shop', icon: 'shop', label: text('bottom-bar.shop') },
  { href: `${hrefs.shop()}#search`, page: 'search', icon: 'search', label: text('bottom-bar.search') },
  { href: hrefs.cart, page: 'cart', icon: 'cart', label: text('bottom-bar.cart') },
  { href: hrefs.orders, page: 'orders', icon: 'orders', label: text('bottom-bar.orders') },
];

/** Navigation on phones. */
export const BottomBar = () => {
  const page = usePage();
  const isSearch = useFragment() === 'search' && page === 'shop';
  const currentItem = isSearch ? 'search' : page;
  return (
    <nav className="bottom-bar" aria-label={text('bottom-bar.places')}>
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
