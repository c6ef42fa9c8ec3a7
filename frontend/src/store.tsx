import type { QueryClient } from '@tanstack/react-query';
import { QueryClientProvider } from '@tanstack/react-query';
import { Router } from 'wouter';
import { App } from './app.tsx';
import type { Shop } from './data/shop.ts';
import { ShopContext } from './data/shop.ts';

/** The whole store, below the contexts that its pages use. */
export const Store = ({ shop, queryClient }: { readonly shop: Shop; readonly queryClient: QueryClient }) => (
  <Router aroundNav={shop.transitions.aroundNavigation}>
    <QueryClientProvider client={queryClient}>
      <ShopContext value={shop}>
        <App />
      </ShopContext>
    </QueryClientProvider>
  </Router>
);
