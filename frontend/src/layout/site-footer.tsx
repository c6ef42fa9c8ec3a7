import { Link } from 'wouter';
import { Contours } from '../components/contours.tsx';
import { hrefs } from '../router/paths.ts';

export const SiteFooter = () => (
  <footer className="site-footer">
    <Contours seed={23} height={360} levels={7} />
    <div className="site-footer-row">
      <p className="site-footer-name">Tidewater Outfitters</p>
      <p>
        A small shop for people who go out on the water. We sell things that last, and we say what they weigh. No money
        moves here and no parcel leaves: this store is made to be watched at work.
      </p>
      <nav aria-label="Footer">
        <Link href={hrefs.shop()}>The whole shop</Link>
        <Link href={hrefs.cart}>Your cart</Link>
        <Link href={hrefs.orders}>Your orders</Link>
      </nav>
    </div>
  </footer>
);
