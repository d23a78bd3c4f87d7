import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { compress } from './build/compress.js';
import { mantineVariables } from './build/mantine-variables.js';
import { theme } from './src/theme/theme.js';

/** Where the gateway is while Vite serves the desk. */
const gateway = process.env['BATON_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/desk/',
  // The client's sources: what it is built of need not be built first.
  resolve: { conditions: ['@baton/source', 'module', 'browser', 'development|production'] },
  plugins: [react(), mantineVariables(theme), compress()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    // What a first view loads is asserted on: the list of who imports whom.
    manifest: true,
    modulePreload: { polyfill: false },
    // A policy of `img-src 'self'` refuses data URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': gateway, '/ws': { target: gateway, ws: true } } },
});
