import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/picture.css';
import './styles/product.css';
import './styles/home.css';
import './styles/shop.css';
import './styles/forms.css';
import './styles/order.css';
import './styles/inside.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { App, prefetchPages } from './app.tsx';
import { CartQueue } from './cart/cart-queue.ts';
import { LiveStream } from './data/live-stream.ts';
import { createQueryClient, refetchAll, retryFailed } from './data/query-client.ts';
import { ShopApi } from './data/shop-api.ts';
import type { Shop } from './data/shop.ts';
import { ShopContext } from './data/shop.ts';
import { Announcer } from './components/announcer.ts';
import { newKey } from './checkout/new-key.ts';
import { PageTransitions } from './router/page-transitions.ts';

const api = new ShopApi((input, init) => fetch(input, init));
const queryClient = createQueryClient();
const live = new LiveStream(queryClient, '/api/live');
const shop: Shop = {
  api,
  live,
  cartQueue: new CartQueue(api, queryClient),
  announcer: new Announcer(),
  transitions: new PageTransitions(window, newKey),
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Router aroundNav={shop.transitions.aroundNavigation}>
      <QueryClientProvider client={queryClient}>
        <ShopContext value={shop}>
          <App />
        </ShopContext>
      </QueryClientProvider>
    </Router>
  </StrictMode>,
);

/** Leaves time for the requests of the first page. */
const prefetchDelayMs = 1_500;

const updateLiveStream = (): void => (document.hidden ? live.close() : live.open());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) retryFailed(queryClient);
  // Before the first response there is no session cookie, and the stream needs one.
  if (api.hasResponded) updateLiveStream();
});
window.addEventListener('online', () => {
  refetchAll(queryClient);
  if (api.hasResponded) updateLiveStream();
});
// The stream needs the session cookie, which the first response sets.
void api.firstResponse().then(updateLiveStream);
void api.firstResponse().then(() => setTimeout(() => void prefetchPages(), prefetchDelayMs));
