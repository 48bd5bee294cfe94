import path from 'node:path';
import { type Cell, type CellSpace, formatCell, moduleHash } from '@nasbench/graph';

/** One training run: the smallest piece of work, done once and never lost. */
export interface Unit {
  readonly moduleHash: string;
  /** the cell as text, which a worker process can parse */
  readonly cell: string;
  readonly epochs: number;
  readonly repeat: number;
}

/** What makes two runs the same run. */
export function unitKey(run: { moduleHash: string; epochs: number; repeat: number }): string {
  return `${run.moduleHash} ${run.epochs} ${run.repeat}`;
}

/** Where a run that takes long is kept until the journal holds it. */
export function unitCheckpoint(folder: string, run: Omit<Unit, 'cell'>): string {
  return path.join(folder, 'checkpoints', `${unitKey(run).replaceAll(' ', '-')}.safetensors`);
}

/**
 * All runs of a regeneration, first repeats and small budgets first, so that work stopped early has covered the
 * whole space before it repeats itself. Cells go by module hash, which mixes cheap and dear ones: the time left can be told early.
 */
export function listUnits(
  cells: readonly Cell[],
  space: CellSpace,
  epochs: readonly number[],
  repeats: number,
): Unit[] {
  const named = cells
    .map((cell) => ({ moduleHash: moduleHash(cell, space), cell: formatCell(cell, space) }))
    .toSorted((a, b) => (a.moduleHash < b.moduleHash ? -1 : 1));
  const units: Unit[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const budget of epochs.toSorted((a, b) => a - b)) {
      for (const cell of named) units.push({ ...cell, epochs: budget, repeat });
    }
  }
  return units;
}
