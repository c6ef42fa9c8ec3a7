import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compiledMessages } from './build/compiled-messages.ts';
import { fontPreload } from './build/font-preload.ts';
import { precompressed } from './build/precompressed.ts';
import { scriptBudget } from './build/script-budget.ts';

const storefront = process.env['STOREFRONT_URL'] ?? 'http://127.0.0.1:7080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compiledMessages(), fontPreload(), scriptBudget({ firstPageBytes: 120 * 1024 }), precompressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The storefront's content security policy is default-src 'self', which blocks data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': storefront, '/provider': storefront },
  },
});
