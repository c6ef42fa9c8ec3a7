import { Contours } from '../components/contours.tsx';
import { Link } from '../router/link.tsx';

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
        <Link to={{ page: 'shop', search: '' }}>The whole shop</Link>
        <Link to={{ page: 'cart' }}>Your cart</Link>
        <Link to={{ page: 'orders' }}>Your orders</Link>
      </nav>
    </div>
  </footer>
);
