import { lazy, Suspense, useEffect, useLayoutEffect, useSyncExternalStore } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { useShop } from './data/shop.ts';
import { HomePage } from './pages/home-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { ProductPage } from './pages/product-page.tsx';
import { ShopPage } from './pages/shop-page.tsx';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { LoadingText } from './components/skeleton.tsx';
import { useOnline } from './components/use-online.ts';
import { hrefs, routes } from './router/paths.ts';
import { restoreScroll } from './router/restore-scroll.ts';
import { useHistoryKey, useSearch } from './router/use-url.ts';
import { BottomBar } from './layout/bottom-bar.tsx';
import { SiteFooter } from './layout/site-footer.tsx';
import { SiteHeader } from './layout/site-header.tsx';
import { app as appMessages } from './messages/en/app.ts';
import { messagesOf } from './messages/messages.ts';

const text = messagesOf(appMessages);

const pageLoaders = {
  cart: () => import('./pages/cart-page.tsx'),
  checkout: () => import('./pages/checkout-page.tsx'),
  orders: () => import('./pages/orders-page.tsx'),
  order: () => import('./pages/order-page.tsx'),
  inside: () => import('./pages/inside-page.tsx'),
};
const CartPage = lazy(async () => ({ default: (await pageLoaders.cart()).CartPage }));
const CheckoutPage = lazy(async () => ({ default: (await pageLoaders.checkout()).CheckoutPage }));
const OrdersPage = lazy(async () => ({ default: (await pageLoaders.orders()).OrdersPage }));
const OrderPage = lazy(async () => ({ default: (await pageLoaders.order()).OrderPage }));
const InsidePage = lazy(async () => ({ default: (await pageLoaders.inside()).InsidePage }));

/** Loads the code of the other pages, so that they work when the connection is lost. */
export const prefetchPages = async (): Promise<void> => {
  // Some browsers cache the failure of a dynamic import until the page is reloaded.
  if (!navigator.onLine) return;
  await Promise.allSettled(Object.values(pageLoaders).map((load) => load()));
};

export const App = () => {
  const historyKey = useHistoryKey();
  const isOnline = useOnline();
  const { announcer, transitions } = useShop();
  const message = useSyncExternalStore(announcer.subscribe, () => announcer.message);
  useLayoutEffect(() => restoreScroll(transitions), [transitions, historyKey]);
  useEffect(() => {
    if (!isOnline) announcer.announce(text('app.you-are-offline'));
  }, [isOnline, announcer]);
  return (
    <>
      <a className="skip" href="#main">
        {text('app.skip-to-the-page')}
      </a>
      <SiteHeader />
      {isOnline ? null : <p className="offline">{text('app.you-are-offline-what')}</p>}
      <main id="main" tabIndex={-1}>
        <ErrorBoundary resetKey={historyKey}>
          <Suspense
            fallback={
              <div className="page">
                <LoadingText what={text('app.the-page')} />
              </div>
            }
          >
            <Pages />
          </Suspense>
        </ErrorBoundary>
      </main>
      <SiteFooter />
      <BottomBar />
      <output className="visually-hidden" aria-live="polite">
        {message}
      </output>
    </>
  );
};

const Pages = () => (
  <Switch>
    <Route path={routes.home} component={HomePage} />
    <Route path={routes.shop} component={ShopPage} />
    <Route path="/products" component={ShopRedirect} />
    <Route path={routes.product}>{({ productId }) => <ProductPage key={productId} productId={productId} />}</Route>
    <Route path={routes.cart} component={CartPage} />
    <Route path={routes.checkout} component={CheckoutPage} />
    <Route path={routes.orders} component={OrdersPage} />
    <Route path={routes.order}>{({ orderId }) => <OrderPage key={orderId} orderId={orderId} />}</Route>
    <Route path={routes.inside}>{({ orderId }) => <InsidePage key={orderId} orderId={orderId} />}</Route>
    <Route component={NotFoundPage} />
  </Switch>
);

/** `/products` is what remains when the id is cut off a product's URL. */
const ShopRedirect = () => <Redirect to={hrefs.shop(useSearch())} replace />;
