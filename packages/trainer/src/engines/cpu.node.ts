import * as tf from '@tensorflow/tfjs-core';
import { EngineAbsentError, type EngineDriver } from './engine.ts';

/** Plain JavaScript: slow, and the same everywhere. */
export const cpu: EngineDriver = {
  install: 'it is part of the package; install it again',
  async start() {
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    if (!(await tf.setBackend('cpu'))) throw new EngineAbsentError('the cpu backend did not start');
    return { name: '@tensorflow/tfjs-backend-cpu', version, library: null, kernels: null, device: null };
  },
};
