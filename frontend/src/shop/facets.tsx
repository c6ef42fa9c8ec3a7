import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { Link, useLocation } from 'wouter';
import { useSyncedState } from '../components/use-synced-state.ts';
import type { ShopQuery } from './shop-query.ts';
import { refine, writeShopQuery } from './shop-query.ts';
import { hrefs } from '../router/paths.ts';
import { inPlace } from '../router/page-transitions.ts';
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

export interface FacetsProps {
  readonly query: ShopQuery;
  readonly facets: ProductPage['facets'];
}

export const Facets = ({ query, facets }: FacetsProps) => {
  const [, navigate] = useLocation();
  const go = (change: Parameters<typeof refine>[1]): void =>
    navigate(hrefs.shop(writeShopQuery(refine(query, change))), { state: inPlace });
  const chosen = query.brands ?? [];
  const all = facets.categories.reduce((sum, each) => sum + each.count, 0);
  return (
    <>
      <section className="facet">
        <h2>{text('facets.category')}</h2>
        <ul>
          <CategoryRow query={query} id={undefined} name="Everything" count={all} />
          {facets.categories.map((each) => (
            <CategoryRow key={each.id} query={query} id={each.id} name={each.name} count={each.count} />
          ))}
        </ul>
      </section>
      <fieldset className="facet">
        <legend>{text('facets.brand')}</legend>
        {facets.brands.map(({ name, count }) => (
          <label key={name} className="choice">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) =>
                go({ brands: event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name) })
              }
            />
            <span>{name}</span>
            <span className="figures count">{count}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="facet">
        <legend>{text('facets.price-in-euro')}</legend>
        <div className="range">
          <PriceBound
            label={text('facets.from')}
            minor={query.min}
            hint={facets.price.min}
            onChange={(min) => go({ min })}
          />
          <PriceBound
            label={text('facets.to')}
            minor={query.max}
            hint={facets.price.max}
            onChange={(max) => go({ max })}
          />
        </div>
      </fieldset>
      <fieldset className="facet">
        <legend>{text('facets.stock')}</legend>
        <label className="choice">
          <input
            type="checkbox"
            checked={query.isInStock === true}
            onChange={(event) => go({ isInStock: event.target.checked })}
          />
          <span>{text('facets.only-what-is-on')}</span>
        </label>
      </fieldset>
    </>
  );
};

const CategoryRow = (row: {
  readonly query: ShopQuery;
  readonly id: string | undefined;
  readonly name: string;
  readonly count: number;
}) => (
  <li>
    <Link
      href={hrefs.shop(writeShopQuery(refine(row.query, { category: row.id })))}
      state={inPlace}
      {...(row.query.category === row.id ? ({ 'aria-current': 'true' } as const) : {})}
    >
      <span>{row.name}</span>
      <span className="figures count">{row.count}</span>
    </Link>
  </li>
);

interface PriceBoundProps {
  readonly label: string;
  readonly minor: number | undefined;
  readonly hint: number;
  readonly onChange: (minor: number | undefined) => void;
}

/** One bound of the price range in whole euro; applied on blur or Enter. */
const PriceBound = ({ label, minor, hint, onChange }: PriceBoundProps) => {
  const formatted = minor === undefined ? '' : String(minor / 100);
  const [typed, setTyped] = useSyncedState(formatted);
  const commit = (): void => {
    const euros = typed.trim() === '' ? undefined : Number(typed);
    const next = euros === undefined || !Number.isFinite(euros) || euros < 0 ? undefined : Math.round(euros) * 100;
    if (next === minor) setTyped(formatted);
    else onChange(next);
  };
  return (
    <label>
      <span>{label}</span>
      <input
        className="figures"
        inputMode="numeric"
        autoComplete="off"
        placeholder={String(Math.round(hint / 100))}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
    </label>
  );
};
