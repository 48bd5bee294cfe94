import { NasbenchError } from '@nasbench/foundation/errors';

/** The skeleton around the cell: what is the same for every cell of a benchmark. */
export interface NetworkConfig {
  /** Height and width of the (square) images in pixels. */
  readonly imageSize: number;
  readonly imageChannels: number;
  /** Number of classes: the width of the dense layer. */
  readonly labels: number;
  /** Channels after the stem and in the first stack; every later stack doubles them. */
  readonly stemFilters: number;
  readonly stacks: number;
  readonly cellsPerStack: number;
  /** Weight of the old value in the moving averages of batch normalisation. */
  readonly batchNormMomentum: number;
  /** Added to the variance before its square root. */
  readonly batchNormEpsilon: number;
}

/** A skeleton without what the images decide; `{ ...preset, imageSize, imageChannels, labels }` is a NetworkConfig. */
export type NetworkPreset = Omit<NetworkConfig, 'imageSize' | 'imageChannels' | 'labels'>;

/** Ying et al. 2019, section 2.2 and the reference's lib/config.py: all values are the paper's. */
const PAPER: NetworkPreset = {
  stemFilters: 128,
  stacks: 3,
  cellsPerStack: 3,
  batchNormMomentum: 0.997,
  batchNormEpsilon: 1e-5,
};

export const NETWORK_PRESETS = {
  paper: PAPER,
  small: {
    // An eighth of the paper's channels, 1/64 of the work: even 5 vertices that share the output get 3 channels or more.
    stemFilters: 16,
    // As the paper, so that every cell is seen at three sizes and widths.
    stacks: 3,
    // A third of the depth; the cells stay distinguishable because each is still stacked three times.
    cellsPerStack: 1,
    // Forgets its start in about 450 steps (0.99^450 = 0.01); the paper's 0.997 needs 1 500, more than a short run has.
    batchNormMomentum: 0.99,
    // As the paper.
    batchNormEpsilon: 1e-5,
  },
  tiny: {
    // As small: narrower stems save little time, because kernels work on blocks of 8 channels, and leave vertices 1 or 2.
    stemFilters: 16,
    // Two stacks on 14 x 14 or 16 x 16 images end at 7 x 7 or 8 x 8, as the paper's three do on 32 x 32.
    stacks: 2,
    // One cell per stack: a demonstration trains dozens of cells in minutes.
    cellsPerStack: 1,
    // Forgets its start in about 45 steps: a demonstration trains for a few hundred.
    batchNormMomentum: 0.9,
    // As the paper.
    batchNormEpsilon: 1e-5,
  },
} as const satisfies Record<string, NetworkPreset>;

/** The paper's network on CIFAR-10: what official parameter counts are of. */
export const PAPER_NETWORK: NetworkConfig = { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 };

interface Range {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

function integer(low: number, high: number): Range {
  return {
    expected: `an integer from ${low} to ${high}`,
    holds: (value) => Number.isInteger(value) && value >= low && value <= high,
  };
}

// Upper ends only keep products (channels, pixels, parameters) far below 2^53 and catch slips of the keyboard.
const RANGES: Readonly<Record<keyof NetworkConfig, Range>> = {
  imageSize: integer(1, 1024),
  imageChannels: integer(1, 1024),
  labels: integer(2, 100_000),
  stemFilters: integer(1, 4096),
  stacks: integer(1, 8),
  cellsPerStack: integer(1, 100),
  batchNormMomentum: { expected: 'a number from 0 to below 1', holds: (value) => value >= 0 && value < 1 },
  batchNormEpsilon: { expected: 'a number above 0, at most 1', holds: (value) => value > 0 && value <= 1 },
};

export const CONFIG_KEYS = Object.keys(RANGES) as readonly (keyof NetworkConfig)[];

/** @throws NasbenchError naming the first key out of its range, its value and the range. */
export function assertNetworkConfig(config: NetworkConfig): void {
  if (typeof config !== 'object' || config === null) {
    throw new NasbenchError(`network config is ${String(config)}, expected an object`);
  }
  for (const key of CONFIG_KEYS) {
    const value: unknown = config[key];
    const range = RANGES[key];
    if (typeof value !== 'number' || !range.holds(value)) {
      const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
      throw new NasbenchError(`network config: ${key} is ${shown}, expected ${range.expected}`);
    }
  }
}
