import { NasbenchError } from '@nasbench/foundation/errors';

/** The engine ran out of memory or trapped; its state is unknown afterwards: go on in another process. */
export class EngineFailureError extends NasbenchError {
  override readonly name: string = 'EngineFailureError';
}

/** What engines say when they cannot go on; errors of these kinds have no class of their own. */
const FAILURES: readonly RegExp[] = [
  // JavaScript, for a typed array.
  /allocation failed/i,
  // TensorFlow's library, ResourceExhausted and Internal from the driver of a GPU.
  /OOM when allocating|ResourceExhausted|failed to allocate|CUDA_ERROR|out of memory/i,
  // WebGPU.
  /device (is|was) lost|\[Device[^\]]*\] is lost|GPUDevice.*lost/i,
];

/**
 * A trap or an abort of the wasm engine, memory that an engine or JavaScript could not get, or a lost GPU, as an error
 * of one line; any other error as it is.
 */
export function namedEngineFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof NasbenchError) return error;
  // The name of WebAssembly.RuntimeError, which Emscripten's abort() throws too.
  const ofEngine = error.name === 'RuntimeError' || FAILURES.some((failure) => failure.test(error.message));
  if (!ofEngine) return error;
  return new EngineFailureError(`out of memory or engine failure: ${error.message.split('\n', 1)[0]}`, {
    cause: error,
  });
}
