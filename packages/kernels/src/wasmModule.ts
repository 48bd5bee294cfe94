/** The functions of assembly/index.ts: numbers are byte offsets into the memory, sizes and factors. */
export interface KernelExports {
  convBnReluScratch(...shape: number[]): number;
  convBnRelu(...parameters: number[]): void;
  convBnReluGradient(...parameters: number[]): void;
  maxPool(x: number, value: number, ...shape: number[]): void;
  maxPoolGradient(x: number, value: number, dy: number, dx: number, ...shape: number[]): void;
  add(a: number, b: number, total: number, floats: number): void;
  copyChannels(...parameters: number[]): void;
  placeChannels(from: number, count: number, to: number, toChannels: number, start: number, pixels: number): void;
  spreadPixels(from: number, to: number, images: number, pixels: number, channels: number, factor: number): void;
  rmsProp(...parameters: number[]): void;
  sumOfSquares(values: number, total: number, floats: number): void;
}

/** @returns undefined if the module is not built */
export async function instantiateKernels(memory: WebAssembly.Memory): Promise<KernelExports | undefined> {
  const bytes = await readBytes();
  if (bytes === undefined) return undefined;
  const module = await WebAssembly.compile(bytes);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as KernelExports;
}

async function readBytes(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // The same file from src and from dist; bundlers ship it because of this very form.
  const url = new URL('../dist/kernels.wasm', import.meta.url);
  if (url.protocol !== 'file:') {
    const response = await fetch(url);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  }
  // Node's fetch reads no files, and an import of its modules would keep this one out of browsers.
  const { existsSync, readFileSync } = process.getBuiltinModule('fs');
  return existsSync(url) ? new Uint8Array(readFileSync(url)) : undefined;
}
