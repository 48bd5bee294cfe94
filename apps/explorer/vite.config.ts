import { defineConfig } from 'vite';

export default defineConfig({
  root: 'page',
  // Relative: the folder works under any path of any static host.
  base: './',
  build: { outDir: '../dist/page', emptyOutDir: true, target: 'es2023' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
