import { lazy, Suspense, useEffect, useLayoutEffect, useSyncExternalStore } from 'react';
import { useShop } from './data/shop.ts';
import { HomePage } from './pages/home-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { ProductPage } from './pages/product-page.tsx';
import { ShopPage } from './pages/shop-page.tsx';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { LoadingText } from './components/skeleton.tsx';
import { useOnline } from './components/use-online.ts';
import { restoreScroll } from './router/restore-scroll.ts';
import type { Route } from './router/route.ts';
import { useNavigation, useShopLocation } from './router/use-navigation.ts';
import { BottomBar } from './layout/bottom-bar.tsx';
import { SiteFooter } from './layout/site-footer.tsx';
import { SiteHeader } from './layout/site-header.tsx';

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
  const navigation = useNavigation();
  const location = useShopLocation();
  const isOnline = useOnline();
  const { announcer } = useShop();
  const message = useSyncExternalStore(announcer.subscribe, () => announcer.message);
  useLayoutEffect(() => restoreScroll(navigation), [navigation, location.key]);
  useEffect(() => {
    if (!isOnline) announcer.announce('You are offline.');
  }, [isOnline, announcer]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <SiteHeader />
      {isOnline ? null : (
        <p className="offline">
          You are offline. What you see may be out of date; your cart is safe with us and we will catch up on our own.
        </p>
      )}
      <main id="main" tabIndex={-1}>
        <ErrorBoundary resetKey={location.key}>
          <Suspense
            fallback={
              <div className="page">
                <LoadingText what="the page" />
              </div>
            }
          >
            <Page route={location.route} />
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

const Page = ({ route }: { readonly route: Route }) => {
  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'shop':
      return <ShopPage search={route.search} />;
    case 'product':
      return <ProductPage key={route.productId} productId={route.productId} />;
    case 'cart':
      return <CartPage />;
    case 'checkout':
      return <CheckoutPage />;
    case 'orders':
      return <OrdersPage />;
    case 'order':
      return <OrderPage key={route.orderId} orderId={route.orderId} />;
    case 'inside':
      return <InsidePage key={route.orderId} orderId={route.orderId} />;
    case 'not-found':
      return <NotFoundPage />;
  }
};
