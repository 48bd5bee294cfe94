/**
 * The memory of the wasm instance that `start` creates. The backend keeps it to itself, so this watches
 * WebAssembly.instantiate and instantiateStreaming meanwhile; the last instance that exports a memory counts.
 */
export async function catchMemory(start: () => Promise<void>): Promise<WebAssembly.Memory | undefined> {
  const { instantiate, instantiateStreaming } = WebAssembly;
  let memory: WebAssembly.Memory | undefined;
  const watch =
    <Parameters extends unknown[], Result>(original: (...parameters: Parameters) => Promise<Result>) =>
    async (...parameters: Parameters): Promise<Result> => {
      const result = await original.apply(WebAssembly, parameters);
      const instance = result instanceof WebAssembly.Instance ? result : (result as { instance?: unknown }).instance;
      const exported = Object.values((instance as WebAssembly.Instance | undefined)?.exports ?? {});
      memory = exported.find((value) => value instanceof WebAssembly.Memory) ?? memory;
      return result;
    };
  try {
    WebAssembly.instantiate = watch(instantiate as (...parameters: unknown[]) => Promise<unknown>) as never;
    if (instantiateStreaming as unknown) WebAssembly.instantiateStreaming = watch(instantiateStreaming);
    await start();
  } finally {
    WebAssembly.instantiate = instantiate;
    if (instantiateStreaming as unknown) WebAssembly.instantiateStreaming = instantiateStreaming;
  }
  return memory;
}
