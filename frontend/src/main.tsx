import './styles/fonts.css';
import './styles/tokens.css';
import './styles/ground.css';
import './styles/shell.css';
import './styles/picture.css';
import './styles/goods.css';
import './styles/home.css';
import './styles/shop.css';
import './styles/forms.css';
import './styles/order.css';
import './styles/inside.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App, loadPagesAhead } from './app.tsx';
import { CartKeeper } from './cart/cart-keeper.ts';
import { LiveStream } from './data/live-stream.ts';
import { ResourceCache } from './data/resource-cache.ts';
import { ShopApi } from './data/shop-api.ts';
import type { Shop } from './data/shop.ts';
import { ShopContext } from './data/shop.ts';
import { Announcer } from './parts/announcer.ts';
import { Navigation } from './router/navigation.ts';
import { NavigationContext } from './router/use-navigation.ts';

const api = new ShopApi((input, init) => fetch(input, init));
const cache = new ResourceCache();
const live = new LiveStream(cache, '/api/live');
const shop: Shop = { api, cache, live, cart: new CartKeeper(api, cache), announcer: new Announcer() };
const navigation = new Navigation(window);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <NavigationContext value={navigation}>
      <ShopContext value={shop}>
        <App />
      </ShopContext>
    </NavigationContext>
  </StrictMode>,
);

/** Long enough for what the page itself asks for. */
const aheadAfterMs = 1_500;

const watch = (): void => (document.hidden ? live.close() : live.open());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) cache.retryFailed();
  // Before the first answer there is no session that a stream could belong to.
  if (api.isAnswered) watch();
});
window.addEventListener('online', () => {
  cache.refreshAll();
  if (api.isAnswered) watch();
});
// The stream belongs to a session, which the first answer creates.
void api.answered().then(watch);
void api.answered().then(() => setTimeout(() => void loadPagesAhead(), aheadAfterMs));
