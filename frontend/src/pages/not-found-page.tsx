import { Link } from 'wouter';
import { Contours } from '../components/contours.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { hrefs } from '../router/paths.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export const NotFoundPage = () => (
  <section className="hero not-found">
    <Contours seed={5} height={620} />
    <div className="hero-row">
      <div>
        <p className="hero-kicker">404</p>
        <PageHeading title={text('not-found.uncharted')}>{text('not-found.no-soundings-here')}</PageHeading>
        <div className="hero-story">
          <p>{text('not-found.there-is-no-page')}</p>
        </div>
        <p className="hero-actions">
          <Link href={hrefs.home} className="button paper">
            {text('not-found.back-to-the-shore')}
          </Link>
        </p>
      </div>
    </div>
  </section>
);
