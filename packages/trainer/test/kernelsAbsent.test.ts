import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeEngine, startBackend } from '../src/index.ts';
import { trainSmall } from './small.ts';

// A file of its own: once the backend has started without them, kernels cannot be had in this process.
it('trains without kernels that cannot start, and says why', async () => {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  await startBackend('cpu');
  setWasmPaths(
    `${path.join(import.meta.dirname, '../node_modules/@tensorflow/tfjs-backend-wasm/wasm-out')}${path.sep}`,
  );
  await tf.setBackend('wasm');
  const engine = await startBackend('wasm');
  expect(engine).toMatchObject({ kernels: null, kernelsAbsent: 'the wasm backend was running before' });
  expect(describeEngine(engine)).toBe('@tensorflow/tfjs-backend-wasm 4.22.0');
  expect((await trainSmall('a')).status).toBe('completed');
  expect(await startBackend('wasm', { kernels: false })).not.toHaveProperty('kernelsAbsent');
});
