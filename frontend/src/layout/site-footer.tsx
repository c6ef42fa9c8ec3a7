import { Link } from 'wouter';
import { Contours } from '../components/contours.tsx';
import { hrefs } from '../router/paths.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export const SiteFooter = () => (
  <footer className="site-footer">
    <Contours seed={23} height={360} levels={7} />
    <div className="site-footer-row">
      <p className="site-footer-name">{text('site-footer.tidewater-outfitters')}</p>
      <p>{text('site-footer.a-small-shop-for')}</p>
      <nav aria-label={text('site-footer.footer')}>
        <Link href={hrefs.shop()}>{text('site-footer.the-whole-shop')}</Link>
        <Link href={hrefs.cart}>{text('site-footer.your-cart')}</Link>
        <Link href={hrefs.orders}>{text('site-footer.your-orders')}</Link>
      </nav>
    </div>
  </footer>
);
