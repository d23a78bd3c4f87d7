import { defineConfig } from 'vite';

import { precompressed } from './build/precompressed.js';

/** One script that any page can load, as a module or not. */
export default defineConfig({
  // The client's sources: what it is built of need not be built first.
  resolve: { conditions: ['@baton/source', 'module', 'browser', 'development|production'] },
  plugins: [precompressed()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    lib: { entry: 'src/main.ts', name: 'BatonWidget', formats: ['iife'], fileName: () => 'widget.js' },
  },
});
