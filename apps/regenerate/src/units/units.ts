import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { type Cell, enumerateCells } from '@nasbench/graph';
import { type Configuration, textSpace } from '../configuration/configuration.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { type CellList, cellsOfSpace, cellsOfTexts } from './cellList.ts';

/** One training run: the smallest piece of work, done once and never lost. */
export interface Unit {
  readonly moduleHash: string;
  /** the cell as text, which a worker process can parse */
  readonly cell: string;
  readonly epochs: number;
  readonly repeat: number;
}

/** What tells runs of one configuration apart. */
export type RunName = Pick<Unit, 'moduleHash' | 'epochs' | 'repeat'>;

/** For maps and sets of runs. */
export function runKey({ moduleHash, epochs, repeat }: RunName): string {
  return `${moduleHash} ${epochs} ${repeat}`;
}

/** `run 28cfc787..., 4 epochs, repeat 0`, for messages. */
export function describeRun({ moduleHash, epochs, repeat }: RunName): string {
  return `run ${moduleHash}, ${epochs} epochs, repeat ${repeat}`;
}

/** Where a run that takes long is kept until the journal holds it. */
export function unitCheckpoint(folder: string, { moduleHash, epochs, repeat }: RunName): string {
  return path.join(folder, 'checkpoints', `${moduleHash}-${epochs}-${repeat}.safetensors`);
}

/** The length of the list of some work's runs, which is found faster than the list. */
export function countUnits({ space, cells, epochs, repeats }: Work, { operations }: Configuration): number {
  const count = cells?.length ?? enumerateCells({ ...space, operations }).count;
  return count * epochs.length * repeats;
}

/** A list of this length is counted with whole numbers of a double and has a byte for each unit: 20 times the paper's. */
const MOST_UNITS = 100_000_000;

/**
 * All runs of some work, numbered: first repeats and small budgets first, so that work stopped early has covered the
 * whole space before it repeats itself. Cells go by module hash, which mixes cheap and dear ones: the time left can be
 * told early. Units are made when asked for: five million need the memory of their 423 624 cells.
 */
export class UnitList {
  readonly length: number;
  readonly cellCount: number;
  readonly #cells: CellList;
  readonly #epochs: readonly number[];
  readonly #rowOfHash = new Map<string, number>();

  /** @throws UsageError for a list that is too long; NasbenchError for a cell that the space does not hold */
  constructor({ space, cells, epochs, repeats }: Work, configuration: Configuration) {
    const { operations } = configuration;
    this.#cells =
      cells === null ? cellsOfSpace({ ...space, operations }) : cellsOfTexts(cells, textSpace(configuration));
    this.#epochs = epochs;
    this.cellCount = this.#cells.hashes.length;
    this.length = this.cellCount * epochs.length * repeats;
    if (this.length > MOST_UNITS)
      throw new UsageError(
        `${this.length} runs are too many for one folder, expected at most ${MOST_UNITS}; take fewer cells or repeats`,
      );
    for (const [row, hash] of this.#cells.hashes.entries()) this.#rowOfHash.set(hash, row);
  }

  /** Unit `index`, 0 .. length - 1. */
  at(index: number): Unit {
    return { ...this.nameAt(index), cell: this.#cells.text(this.cellOf(index)) };
  }

  /** The name of unit `index`, without the text of its cell. */
  nameAt(index: number): RunName {
    return {
      moduleHash: this.#cells.hashes[this.cellOf(index)],
      epochs: this.epochsOf(index),
      repeat: Math.floor(index / (this.cellCount * this.#epochs.length)),
    };
  }

  epochsOf(index: number): number {
    return this.#epochs[Math.floor(index / this.cellCount) % this.#epochs.length];
  }

  /** The number of a unit's cell, 0 .. cellCount - 1. */
  cellOf(index: number): number {
    return index % this.cellCount;
  }

  /** Cell number `row`. */
  cell(row: number): Cell {
    return this.#cells.cell(row);
  }

  /** The index of a run, -1 if it is not in the list. */
  indexOf({ moduleHash, epochs, repeat }: RunName): number {
    const row = this.#rowOfHash.get(moduleHash) ?? -1;
    const budget = this.#epochs.indexOf(epochs);
    const index = row + this.cellCount * (budget + this.#epochs.length * repeat);
    return row < 0 || budget < 0 || index >= this.length ? -1 : index;
  }
}
