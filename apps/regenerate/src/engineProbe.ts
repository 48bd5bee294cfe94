// A process that starts one engine and tells whether it works: `engineProbe.js ENGINE [DEVICE]`.

import { NasbenchError } from '@nasbench/foundation/errors';
import { type EngineChoice, startBackend } from '@nasbench/trainer';
import type { ProbeMessage } from './probeEngine.ts';

const [, , engine, device] = process.argv;

const message = await startBackend(engine as EngineChoice, { device }).then(
  (started): ProbeMessage => ({ here: true, engine: started }),
  (error: unknown): ProbeMessage => {
    if (error instanceof NasbenchError) return { here: false, reason: error.message };
    throw error;
  },
);
process.send?.(message, () => process.exit(0));
