import { Link } from 'wouter';
import { CartCount } from './cart-count.tsx';
import { SearchField } from './search-field.tsx';
import { hrefs } from '../router/paths.ts';
import { usePage } from '../router/use-url.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export const SiteHeader = () => {
  const page = usePage();
  const current = (isCurrent: boolean) => (isCurrent ? ({ 'aria-current': 'page' } as const) : {});
  return (
    <header className="site-header">
      <div className="site-header-row">
        <Link href={hrefs.home} className="wordmark" {...current(page === 'home')}>
          <svg viewBox="0 0 32 24" aria-hidden="true">
            <path d="M2 6c4.7 0 4.7-3.5 9.3-3.500S16 6 20.7 6 25.3 2.5 30 2.500M2 13c4.7 0 4.7-3.5 9.3-3.500S16 13 20.7 13 25.3 9.5 30 9.500M2 20c4.7 0 4.7-3.5 9.3-3.500S16 20 20.7 20 25.3 16.5 30 16.5" />
          </svg>
          <span>
            {text('site-header.tidewater')} <span className="wordmark-second">{text('site-header.outfitters')}</span>
          </span>
        </Link>
        <SearchField id="search-in-header" />
        <nav aria-label={text('bottom-bar.shop')}>
          <Link href={hrefs.shop()} {...current(page === 'shop')}>
            {text('bottom-bar.shop')}
          </Link>
          <Link href={hrefs.orders} {...current(page === 'orders' || page === 'order')}>
            {text('bottom-bar.orders')}
          </Link>
          <Link href={hrefs.cart} className="cart-link" {...current(page === 'cart')}>
            {text('bottom-bar.cart')} <CartCount />
          </Link>
        </nav>
      </div>
    </header>
  );
};
