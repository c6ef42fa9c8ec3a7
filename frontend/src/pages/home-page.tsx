import type { Category } from '@tidewater/contracts/catalog.ts';
import { Link } from 'wouter';
import { useShop } from '../data/shop.ts';
import { homeQuery } from '../data/queries.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { countOf } from '../format/count.ts';
import { CompassRose } from '../components/compass-rose.tsx';
import { Contours } from '../components/contours.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { ProductGrid, ProductGridSkeleton } from '../components/product-card.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { hrefs } from '../router/paths.ts';

export const HomePage = () => {
  const { api } = useShop();
  const { data, problem, refresh, willRetry } = useServerQuery(homeQuery(api));
  return (
    <>
      <section className="hero">
        <Contours seed={11} height={620} />
        <div className="hero-row">
          <div>
            <p className="hero-kicker">The season</p>
            <PageHeading title="Gear for the water">
              {data?.season.title ?? <Skeleton className="hero-line" />}
            </PageHeading>
            <div className="hero-story">
              {data === undefined ? <Skeleton className="hero-lines" /> : <p>{data.season.story}</p>}
            </div>
            <p className="hero-actions">
              <Link href={hrefs.shop()} className="button paper">
                Browse the shop
              </Link>
              <Link href={hrefs.shop('sort=weight')} className="hero-second">
                Lightest things first
              </Link>
            </p>
          </div>
          <CompassRose />
        </div>
      </section>
      {data === undefined && problem !== undefined ? (
        <div className="page">
          <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
        </div>
      ) : (
        <>
          <CategoryChart categories={data?.categories} />
          <section className="page">
            <div className="section-head">
              <h2>A few things we like</h2>
              <Link href={hrefs.shop()}>See everything</Link>
            </div>
            {data === undefined ? (
              <>
                <LoadingText what="what we like" />
                <ProductGridSkeleton count={8} />
              </>
            ) : (
              <ProductGrid products={data.picks} />
            )}
          </section>
          <SalesPrinciples />
        </>
      )}
    </>
  );
};

const CategoryChart = ({ categories }: { readonly categories: readonly Category[] | undefined }) => (
  <section className="chart-section">
    <div className="page">
      <div className="section-head">
        <h2>Where would you like to go?</h2>
        <p className="quiet">Soundings in things on the shelf</p>
      </div>
      <div className="chart">
        <Contours seed={17} width={1600} height={1120} bleed={200} levels={9} hasClosedLines className="soundings" />
        <ul>
          {(categories ?? placeholders).map((category, index) => (
            <li key={category?.id ?? index}>
              {category === undefined ? (
                <Skeleton className="w-9" />
              ) : (
                <Link href={hrefs.category(category.id)}>
                  <span className="station" aria-hidden="true" />
                  <span className="category-name">{category.name}</span>
                  <span className="blurb">{category.blurb}</span>
                  <span className="sounding figures">{countOf(category.count, 'thing')}</span>
                </Link>
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  </section>
);

const placeholders: readonly undefined[] = Array.from({ length: 9 });

const SalesPrinciples = () => (
  <section className="page principles" aria-labelledby="how-we-sell">
    <h2 id="how-we-sell" className="visually-hidden">
      How we sell
    </h2>
    <div>
      <h3>We say what it weighs</h3>
      <p>You carry it to the water and back. Every page has the figure, and the shop can be sorted by it.</p>
    </div>
    <div>
      <h3>The shelf is the shelf</h3>
      <p>What is shown as left is what is left. If the last one goes while you pay, we tell you and charge nothing.</p>
    </div>
    <div>
      <h3>You can change your mind</h3>
      <p>An order can be cancelled until the parcel leaves. What was paid comes back, to the cent.</p>
    </div>
  </section>
);
