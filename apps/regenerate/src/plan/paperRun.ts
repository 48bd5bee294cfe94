import { isDeepStrictEqual } from 'node:util';
import { enumerateCells, formatCell, NASBENCH_101, unpackCell } from '@nasbench/graph';
import { PRESETS } from '@nasbench/trainer';
import { type Configuration, textSpace } from '../configuration/configuration.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { costCounter } from '../pool/trainUnit.ts';
import { configurationOf } from '../prepareRegeneration.ts';
import { type Countable, evaluationMultiplyAdds, passesOf, spreadOf, trainingMultiplyAdds } from './countWork.ts';

/** The official splits; only their sizes matter for a plan. */
export const CIFAR10: Configuration['images'] = {
  name: 'synthetic',
  options: { size: 32 },
  description: "CIFAR-10's sizes; stripes of the same size to calibrate with",
  size: 32,
  channels: 3,
  labels: 10,
  train: 40_000,
  trainEvaluation: 10_000,
  validation: 10_000,
  test: 10_000,
  sha256: 'none',
};

export const PAPER_CONFIGURATION: Configuration = configurationOf({
  operations: NASBENCH_101.operations,
  preset: PRESETS.paper,
  images: CIFAR10,
  seed: '0',
});

/** Ying et al. 2019, section 2.4: every cell three times with each of four budgets. */
export const PAPER_WORK: Work = {
  space: { maxVertices: NASBENCH_101.maxVertices, maxEdges: NASBENCH_101.maxEdges },
  cells: null,
  epochs: [...PRESETS.paper.epochs],
  repeats: 3,
};

/** What the paper's table is made of. */
export interface PaperRun extends Countable {
  readonly trainingMultiplyAdds: number;
  readonly evaluationMultiplyAdds: number;
}

/**
 * Counts the whole space cell by cell, in the order of its enumeration: about a second. A list of its runs would take ten
 * more, for the module hashes.
 */
export function countPaperRun(): PaperRun {
  const cells = enumerateCells(NASBENCH_101);
  const packed = (row: number) => ({
    vertices: cells.vertices[row],
    edges: cells.edges[row],
    operations: cells.operations[row],
  });
  const costOf = costCounter(PAPER_CONFIGURATION, undefined);
  const perCell = new Float64Array(cells.count);
  for (let row = 0; row < cells.count; row++) perCell[row] = costOf(packed(row)).multiplyAdds;
  const multiplyAdds = spreadOf(perCell);
  const passes = passesOf(PAPER_CONFIGURATION, PAPER_WORK);
  const space = textSpace(PAPER_CONFIGURATION);
  return {
    units: {
      cellCount: cells.count,
      length: cells.count * PAPER_WORK.epochs.length * PAPER_WORK.repeats,
      at: (row) => ({ cell: formatCell(unpackCell(packed(row), NASBENCH_101), space) }),
    },
    costs: { multiplyAdds: perCell },
    passes,
    multiplyAdds,
    trainingMultiplyAdds: trainingMultiplyAdds(multiplyAdds, passes),
    evaluationMultiplyAdds: evaluationMultiplyAdds(multiplyAdds, passes),
  };
}

/** Whether a step of the configuration is one of the paper's, so that what was measured of the one holds for the other. */
export function trainsLikePaper({ network, training, images }: Configuration): boolean {
  const { size, channels, labels } = CIFAR10;
  return isDeepStrictEqual(
    { network, training, images: { size: images.size, channels: images.channels, labels: images.labels } },
    {
      network: PAPER_CONFIGURATION.network,
      training: PAPER_CONFIGURATION.training,
      images: { size, channels, labels },
    },
  );
}
