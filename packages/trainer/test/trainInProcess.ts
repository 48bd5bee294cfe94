// Trains in a process of its own: node --import tsx trainInProcess.ts SEED.. and prints one line of results per seed.
import { bitsOf, trainSmall } from './small.ts';

for (const seed of process.argv.slice(2)) process.stdout.write(`${bitsOf(await trainSmall(seed))}\n`);
