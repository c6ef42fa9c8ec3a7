import type { Category } from '@tidewater/contracts/catalog.ts';
import { Link } from 'wouter';
import { useShop } from '../data/shop.ts';
import { homeQuery } from '../data/queries.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { itemCount } from '../format/count.ts';
import { CompassRose } from '../components/compass-rose.tsx';
import { Contours } from '../components/contours.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { ProductGrid, ProductGridSkeleton } from '../components/product-card.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { hrefs } from '../router/paths.ts';
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

export const HomePage = () => {
  const { api } = useShop();
  const { data, problem, refresh, willRetry } = useServerQuery(homeQuery(api));
  return (
    <>
      <section className="hero">
        <Contours seed={11} height={620} />
        <div className="hero-row">
          <div>
            <p className="hero-kicker">{text('home.the-season')}</p>
            <PageHeading title={text('home.gear-for-the-water')}>
              {data?.season.title ?? <Skeleton className="hero-line" />}
            </PageHeading>
            <div className="hero-story">
              {data === undefined ? <Skeleton className="hero-lines" /> : <p>{data.season.story}</p>}
            </div>
            <p className="hero-actions">
              <Link href={hrefs.shop()} className="button paper">
                {text('home.browse-the-shop')}
              </Link>
              <Link href={hrefs.shop('sort=weight')} className="hero-second">
                {text('home.lightest-things-first')}
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
              <h2>{text('home.a-few-things-we')}</h2>
              <Link href={hrefs.shop()}>{text('home.see-everything')}</Link>
            </div>
            {data === undefined ? (
              <>
                <LoadingText what={text('home.what-we-like')} />
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
        <h2>{text('home.where-would-you-like')}</h2>
        <p className="quiet">{text('home.soundings-in-things-on')}</p>
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
                  <span className="sounding figures">{itemCount(category.count)}</span>
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
      {text('home.how-we-sell')}
    </h2>
    <div>
      <h3>{text('home.we-say-what-it')}</h3>
      <p>{text('home.you-carry-it-to')}</p>
    </div>
    <div>
      <h3>{text('home.the-shelf-is-the')}</h3>
      <p>{text('home.what-is-shown-as')}</p>
    </div>
    <div>
      <h3>{text('home.you-can-change-your')}</h3>
      <p>{text('home.an-order-can-be')}</p>
    </div>
  </section>
);
