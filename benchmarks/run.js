// `npm run bench`: every benchmark, one after the other. They print numbers and ratios; a slow machine is no failure.

import { spawnSync } from 'node:child_process';
import path from 'node:path';

for (const name of ['assemble', 'enumerate', 'hash', 'import', 'query', 'select', 'startUp', 'training']) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, `${name}.js`)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
