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
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { prefetchPages } from './app.tsx';
import { createShop, followConnection } from './data/create-shop.ts';
import { Store } from './store.tsx';

const { shop, queryClient } = createShop((input, init) => fetch(input, init), window);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Store shop={shop} queryClient={queryClient} />
  </StrictMode>,
);

/** Leaves time for the requests of the first page. */
const prefetchDelayMs = 1_500;

followConnection(shop, queryClient);
void shop.api.firstResponse().then(() => setTimeout(() => void prefetchPages(), prefetchDelayMs));
