#!/usr/bin/env node
// A committed file, so that the package manager can link it before dist exists.
import('../dist/index.js').then(
  ({ main }) => main(process.argv),
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('nasbench: not built yet; run `npm run build` (or `npm start`) in the checkout first');
    process.exitCode = 1;
  },
);
