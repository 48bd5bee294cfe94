import { UsageError } from '@nasbench/foundation/errors';
import { assertValid, type Cell, InvalidCellError, moduleHash } from '@nasbench/graph';
import { OutOfDomainError } from './errors.ts';
import type { TableMetadata } from './metadata.ts';
import { runDifferences } from './runDifferences.ts';
import { type RunMetrics, runsOf } from './runs.ts';
import type { BenchmarkTable } from './table.ts';

/** One training to be made from scratch, as the rows of a table were made. */
export interface EvaluationRequest {
  readonly moduleHash: string;
  /** as the table holds it: networks of isomorphic cells differ in the order of their weights */
  readonly cell: Cell;
  readonly epochs: number;
  readonly repeat: number;
  /** config, images and seed of the table */
  readonly metadata: TableMetadata;
}

/** Trains: this package reads tables and knows no trainer, so the program hands one in. */
export type Evaluator = (request: EvaluationRequest) => Promise<RunMetrics>;

export interface EvaluateOptions {
  /** Training budget, also one that the table does not have; by default its largest. */
  readonly epochs?: number | undefined;
  /** Which run: the seed is derived from it. Default 0. */
  readonly repeat?: number | undefined;
}

export interface Evaluation {
  readonly moduleHash: string;
  readonly epochs: number;
  readonly repeat: number;
  /** of the training that was just made */
  readonly run: RunMetrics;
  /** the same run as the table has it; null if it has none */
  readonly stored: RunMetrics | null;
  /** whether both agree in all but times; null without a stored run */
  readonly equal: boolean | null;
}

/** See `NASBench.evaluate`. */
export async function evaluateFromScratch(
  table: BenchmarkTable,
  evaluator: Evaluator | undefined,
  cell: Cell,
  { epochs = table.metadata.epochs.at(-1) ?? 0, repeat = 0 }: EvaluateOptions,
): Promise<Evaluation> {
  const { metadata } = table;
  if (evaluator === undefined)
    throw new UsageError('this table was opened without an evaluator: pass one as the option `evaluator`');
  if (!(Number.isFinite(epochs) && epochs > 0))
    throw new OutOfDomainError('epochs', `epochs must be a number above 0, found ${epochs}`);
  if (!(Number.isSafeInteger(repeat) && repeat >= 0))
    throw new OutOfDomainError('repeat', `repeat must be 0, 1, .., found ${JSON.stringify(repeat)}`);
  const hash = hashOf(cell, metadata);
  const row = table.findRow(hash);
  const request = { moduleHash: hash, cell: row < 0 ? cell : table.cell(row), epochs, repeat, metadata };
  const run = await evaluator(request);
  const isStored = row >= 0 && metadata.epochs.includes(epochs) && repeat < metadata.repeats;
  const stored = isStored ? runsOf(table, row, epochs)[repeat] : null;
  const { finalOnly } = metadata;
  return { moduleHash: hash, epochs, repeat, run, stored, equal: stored && sameBits(run, stored, finalOnly === true) };
}

function hashOf(cell: Cell, { space }: TableMetadata): string {
  try {
    assertValid(cell, space, 'prune-first');
    return moduleHash(cell, space);
  } catch (error) {
    if (!(error instanceof InvalidCellError)) throw error;
    throw new OutOfDomainError(error.reason, error.message, { cause: error });
  }
}

function sameBits(a: RunMetrics, b: RunMetrics, finalOnly: boolean): boolean {
  const points = finalOnly ? (['end'] as const) : undefined;
  return runDifferences([a.start, a.half, a.end], [b.start, b.half, b.end], points).length === 0;
}
