import type { DataId, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernels use of the wasm backend: private, hence the check of its version and of the members. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: { _malloc(bytes: number): number; _free(offset: number): void };
  readonly dataIdMap: { get(dataId: DataId): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  incRef(dataId: DataId): void;
}

/** What is missing of them, undefined if nothing is. */
export function missingMember(backend: object): string | undefined {
  return ['wasm._malloc', 'wasm._free', 'dataIdMap.get', 'makeOutput', 'incRef'].find((path) => {
    let member: unknown = backend;
    for (const name of path.split('.')) member = (member as Record<string, unknown> | undefined)?.[name];
    return typeof member !== 'function';
  });
}
