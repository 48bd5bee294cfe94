import { NasbenchError } from '@nasbench/foundation/errors';

/** Engines that train, best first; `cpu` (plain JavaScript) is some hundred times slower than `wasm` and for tests. */
export const BACKENDS = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What a user may ask for: an engine, or the best that is here. */
export const ENGINE_CHOICES = ['auto', ...BACKENDS] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export interface EngineOptions {
  /** The GPU: for `tensorflow` its number, for `webgpu` a part of its name. Default: the first one. */
  readonly device?: string | undefined;
  /** `wasm`: false computes with the stock kernels alone. Default: the project's own where they are here. */
  readonly kernels?: boolean | undefined;
}

/** The engine that a run was trained on, for metadata. */
export interface Engine {
  readonly backend: BackendName;
  /** of the npm package, as is `version` */
  readonly name: string;
  readonly version: string;
  /** version of the library behind the package, where there is one */
  readonly library: string | null;
  /** version of @nasbench/kernels if it computes, else null */
  readonly kernels: string | null;
  /** `wasm`: why @nasbench/kernels, which was wanted, does not compute */
  readonly kernelsAbsent?: string;
  /** name of the GPU, null on a processor */
  readonly device: string | null;
  /** `auto`: the engines that would have been better, and why they were not taken */
  readonly rejected: readonly { readonly backend: BackendName; readonly reason: string }[];
}

/**
 * The arithmetic in one string, e.g. `@tensorflow/tfjs-backend-wasm 4.22.0` or `@tensorflow/tfjs-node 4.22.0 (library
 * 2.21.0)`: runs with different ones have different bits. (With equal ones on a GPU they may differ too.)
 */
export function describeEngine({ name, version, library, kernels }: Engine): string {
  return `${name} ${version}${library === null ? '' : ` (library ${library})`}${kernels === null ? '' : ` with @nasbench/kernels ${kernels}`}`;
}

/** An engine once it is TensorFlow.js's current one. */
export interface Started {
  readonly name: string;
  readonly version: string;
  readonly library: string | null;
  readonly kernels: string | null;
  readonly kernelsAbsent?: string;
  /** see {@link Engine}; null means that it computes on a processor, even where that goes by the name of a GPU */
  readonly device: string | null;
}

/** One kind of engine. */
export interface EngineDriver {
  /** in one line, how to get it */
  readonly install: string;
  /**
   * Loads the engine and makes it TensorFlow.js's current one.
   * @throws EngineAbsentError if it is not on this machine
   */
  start(options: EngineOptions): Promise<Started>;
}

/** The engine is not on this machine, or does not work here. */
export class EngineAbsentError extends NasbenchError {
  override readonly name: string = 'EngineAbsentError';
}

/** A package of the engine is not installed. */
export class PackageMissingError extends EngineAbsentError {
  override readonly name: string = 'PackageMissingError';
}

/** The first line of what was thrown. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split('\n', 1)[0];
}
