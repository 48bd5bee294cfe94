#!/usr/bin/env node
// A committed file, so that the package manager can link it before dist exists.
import { existsSync } from 'node:fs';

const built = new URL('../dist/index.js', import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  await main(process.argv);
} else {
  console.error('nasbench: not built yet; run `npm run build` (or `npm start`) in the checkout first');
  process.exitCode = 1;
}
