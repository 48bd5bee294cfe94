import type { Operations } from '@nasbench/model';
import { stepCounts } from '@nasbench/trainer';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { costCounter } from '../pool/trainUnit.ts';
import { type CellCosts, cellCosts } from '../units/cellCosts.ts';
import { type Unit, UnitList } from '../units/units.ts';

/** How often images pass through each cell's network. */
export interface Passes {
  /** images of all training steps of a cell, over its budgets and repeats: forward and backward */
  readonly trained: number;
  /** images of all evaluations of a cell: forward only */
  readonly evaluated: number;
}

/** What the time of some work follows from. */
export interface Countable {
  /** the first `cellCount` units are of one cell each */
  readonly units: Pick<UnitList, 'cellCount' | 'length'> & { readonly at: (row: number) => Pick<Unit, 'cell'> };
  readonly costs: Pick<CellCosts, 'multiplyAdds'>;
  readonly passes: Passes;
  /** of one forward pass of one image */
  readonly multiplyAdds: Spread;
}

/** What some work is made of, before anything is trained. */
export interface WorkCount extends Countable {
  readonly units: UnitList;
  readonly costs: CellCosts;
  readonly parameters: Spread;
  /** of all training steps: a backward pass is two forward ones, with respect to weights and to activations */
  readonly trainingMultiplyAdds: number;
  readonly evaluationMultiplyAdds: number;
}

/** Over the cells. */
interface Spread {
  readonly least: number;
  readonly most: number;
  readonly sum: number;
}

/** A backward pass computes twice what a forward pass does. */
export const PASSES_OF_A_STEP = 3;

export function countWork(configuration: Configuration, work: Work, operations?: Operations): WorkCount {
  const units = new UnitList(work, configuration);
  const costs = cellCosts(units, costCounter(configuration, operations));
  const passes = passesOf(configuration, work);
  const multiplyAdds = spreadOf(costs.multiplyAdds);
  return {
    units,
    costs,
    passes,
    parameters: spreadOf(costs.trainableParameters),
    multiplyAdds,
    trainingMultiplyAdds: trainingMultiplyAdds(multiplyAdds, passes),
    evaluationMultiplyAdds: evaluationMultiplyAdds(multiplyAdds, passes),
  };
}

/** Of all training steps of all cells. */
export function trainingMultiplyAdds({ sum }: Spread, { trained }: Passes): number {
  return sum * trained * PASSES_OF_A_STEP;
}

export function evaluationMultiplyAdds({ sum }: Spread, { evaluated }: Passes): number {
  return sum * evaluated;
}

/** Images that pass through a network in one run of a budget. */
export function passesOfRun(configuration: Configuration, epochs: number): Passes {
  const { images } = configuration;
  const { training } = setupOf(configuration);
  const { batchSize, trainOn, evaluateEvery, statisticsBatches } = training;
  const count = images.train + (trainOn === 'train' ? 0 : images.validation);
  const whole = (split: number): number => split - (split % batchSize);
  const statistics = (statisticsBatches ?? 0) * batchSize;
  const further = evaluateEvery === null ? 0 : Math.floor(epochs / evaluateEvery);
  return {
    trained: stepCounts(epochs, count, batchSize).end * batchSize,
    // At the start, at half and at the end; further ones look at the test images alone.
    evaluated:
      3 * (whole(images.trainEvaluation) + whole(images.validation) + whole(images.test) + statistics) +
      further * (whole(images.test) + statistics),
  };
}

/** Of a cell, over its budgets and repeats. */
export function passesOf(configuration: Configuration, { epochs, repeats }: Work): Passes {
  const runs = epochs.map((budget) => passesOfRun(configuration, budget));
  const sum = (values: readonly number[]): number => repeats * values.reduce((total, value) => total + value, 0);
  return { trained: sum(runs.map(({ trained }) => trained)), evaluated: sum(runs.map(({ evaluated }) => evaluated)) };
}

export function spreadOf(values: Float64Array): Spread {
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { least, most, sum };
}
