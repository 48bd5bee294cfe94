import { removeKernels, startWithKernels } from '@nasbench/kernels';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { loadBackends } from './reference.ts';

const start = (backend: string) => async () => {
  await tf.setBackend(backend);
  await tf.ready();
};
const registered = () => tf.getKernelsForBackend('wasm').filter(({ kernelName }) => kernelName.startsWith('Nasbench'));

test('says why there are no kernels; installs them, again and again; takes them away', async () => {
  await loadBackends();
  const { instantiate, instantiateStreaming } = WebAssembly;
  expect(await startWithKernels(start('cpu'))).toEqual({
    installed: false,
    reason: 'the backend is cpu, expected wasm',
  });
  await start('wasm')();
  expect(await startWithKernels(start('wasm'))).toEqual({
    installed: false,
    reason: 'the wasm backend was running before',
  });
  expect(registered()).toEqual([]);

  // The backend is made anew, as in a fresh process.
  const { factory } = (tf.engine().registryFactory as Record<string, { factory: () => tf.KernelBackend }>).wasm;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory);
  const stockIdentity = tf.getKernel('Identity', 'wasm');
  expect(await startWithKernels(start('wasm'))).toEqual({ installed: true, version: '4.22.0' });
  const { length } = registered();
  expect(length).toBeGreaterThan(5);
  expect(await startWithKernels(start('wasm'))).toEqual({ installed: true, version: '4.22.0' });
  expect(registered()).toHaveLength(length);
  expect(tf.getKernel('Identity', 'wasm')).not.toBe(stockIdentity);
  removeKernels();
  removeKernels();
  expect(registered()).toEqual([]);
  expect(tf.getKernel('Identity', 'wasm')).toBe(stockIdentity);
  expect(WebAssembly.instantiate).toBe(instantiate);
  expect(WebAssembly.instantiateStreaming).toBe(instantiateStreaming);
});

test('what start throws is passed on, and WebAssembly is left as it was', async () => {
  const { instantiate } = WebAssembly;
  await expect(startWithKernels(() => Promise.reject(new Error('no engine')))).rejects.toThrow('no engine');
  expect(WebAssembly.instantiate).toBe(instantiate);
});
