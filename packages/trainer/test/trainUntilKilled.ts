// Trains in a process of its own, with a checkpoint every step, until it has done a step: node --import tsx trainUntilKilled.ts FOLDER STEP
import { checkpointFolder } from '../src/index.ts';
import { trainSmall } from './small.ts';

const [folder, last] = process.argv.slice(2);
await trainSmall(
  'killed',
  {},
  {
    checkpoints: checkpointFolder(folder, { everySteps: 1 }),
    onProgress: ({ phase, step }) => {
      if (phase === 'training' && step === Number(last)) process.kill(process.pid, 'SIGKILL');
    },
  },
);
