import { NasbenchError } from '@nasbench/foundation/errors';

/** The engine ran out of memory or trapped; its state is unknown afterwards: go on in another process. */
export class EngineFailureError extends NasbenchError {}

/**
 * A trap or an abort of the wasm engine, or memory that JavaScript could not get, as an error of one line; any other
 * error as it is.
 */
export function namedEngineFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // The name of WebAssembly.RuntimeError, which Emscripten's abort() throws too.
  const ofEngine = error.name === 'RuntimeError' || /allocation failed/i.test(error.message);
  if (!ofEngine) return error;
  return new EngineFailureError(`out of memory or engine failure: ${error.message.split('\n', 1)[0]}`, {
    cause: error,
  });
}
