import { Link } from 'wouter';
import { Contours } from '../components/contours.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { hrefs } from '../router/paths.ts';

export const NotFoundPage = () => (
  <section className="hero not-found">
    <Contours seed={5} height={620} />
    <div className="hero-row">
      <div>
        <p className="hero-kicker">404</p>
        <PageHeading title="Uncharted">No soundings here</PageHeading>
        <div className="hero-story">
          <p>There is no page at this address. The shop is one link away, and your cart is as you left it.</p>
        </div>
        <p className="hero-actions">
          <Link href={hrefs.home} className="button paper">
            Back to the shore
          </Link>
        </p>
      </div>
    </div>
  </section>
);
