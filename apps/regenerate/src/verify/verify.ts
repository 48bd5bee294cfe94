import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BenchmarkTable, type RunDifference, runDifferences } from '@nasbench/dataset';
import { cleanUpOnExit } from '@nasbench/foundation/cleanUp';
import { formatCell } from '@nasbench/graph';
import type { Operations } from '@nasbench/model';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import type { JournalEntry } from '../journal/journal.ts';
import { trainInPool } from '../pool/pool.ts';
import { failedEntry } from '../pool/trainUnit.ts';
import { PATIENCE } from '../pool/workerProcess.ts';
import type { EngineRequest } from '../probeEngine.ts';
import { LocalSource } from '../units/localSource.ts';
import { type RunName, runKey, UnitList } from '../units/units.ts';
import type { StoredRun } from './storedRuns.ts';

/** A run of a table that was trained again. */
export interface VerifiedRun extends RunName {
  /** values of the table and of the training just made; none: all are equal but times */
  readonly differences: readonly RunDifference[];
  /** why the training failed */
  readonly failure?: string;
}

export interface VerifyOptions {
  readonly configuration: Configuration;
  /** for the trainer's loadImages, on this machine */
  readonly imagesName: string;
  /** file of the user's own operations on this machine, and what is in it; null, undefined: none */
  readonly operationsFile: string | null;
  readonly operations: Operations | undefined;
  readonly engine: EngineRequest;
  readonly workers: number;
  readonly signal: AbortSignal;
  /** hears of the part that is done, 0 .. 1, and of the runs that are */
  readonly onProgress: (fraction: number, runs: number) => void;
  /** hears of every process that died and is replaced */
  readonly onError: (error: string) => void;
}

/** Trains runs of a table again, in child processes, and compares. Nothing is kept. */
export async function verifyRuns(
  table: BenchmarkTable,
  runs: readonly StoredRun[],
  options: VerifyOptions,
): Promise<VerifiedRun[]> {
  const { configuration, operations, signal, onProgress, onError } = options;
  const { space, epochs, repeats } = table.metadata;
  const cells = [...new Set(runs.map(({ row }) => row))].map((row) => formatCell(table.cell(row), space));
  const units = new UnitList({ space, cells, epochs: [...epochs], repeats }, configuration);
  const stored = new Map(runs.map((run) => [units.indexOf(run), run]));
  const trained = new Map<number, JournalEntry>();
  const progress = progressOf(runs, onProgress);
  const source = new LocalSource(
    units,
    (index) => stored.has(index),
    async (entry) => {
      trained.set(units.indexOf(entry), entry);
      progress(entry, 1);
    },
  );
  // Where a run goes on whose process dies.
  const folder = await mkdtemp(path.join(tmpdir(), 'nasbench-verify-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const removed = cleanUpOnExit(remove);
  try {
    await trainInPool(
      source,
      {
        ...options,
        workers: Math.min(options.workers, runs.length),
        folder,
        checkpointSeconds: 60,
        patience: PATIENCE,
        attempts: setupOf(configuration).training.attempts,
      },
      {
        signal,
        onEngine: () => {},
        onError,
        onProgress: (_, unit, fraction) => progress(unit, fraction),
        failedEntry: (unit, outcome) => failedEntry(configuration, operations, unit, outcome),
      },
    );
  } finally {
    await source.close();
    remove();
    removed();
  }
  return Array.from(stored, ([index, run]) => compare(table, run, trained.get(index) as JournalEntry));
}

function compare(table: BenchmarkTable, run: StoredRun, entry: JournalEntry): VerifiedRun {
  const { row, moduleHash, epochs, repeat } = run;
  const parameters = table.trainableParameters(row);
  const points = table.metadata.finalOnly === true ? (['end'] as const) : undefined;
  const differences = runDifferences(run.points, entry.points, points);
  if (parameters !== entry.trainableParameters)
    differences.unshift({ what: 'trainable parameters', values: [parameters, entry.trainableParameters] });
  const { failure } = entry;
  return { moduleHash, epochs, repeat, differences, ...(failure === undefined ? {} : { failure }) };
}

/** The part that is done, by the times that the runs took when the table was made. */
function progressOf(
  runs: readonly StoredRun[],
  onProgress: VerifyOptions['onProgress'],
): (run: RunName, fraction: number) => void {
  const weights = new Map(runs.map((run) => [runKey(run), run.seconds ?? run.epochs]));
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const fractions = new Map<string, number>();
  return (run, fraction) => {
    fractions.set(runKey(run), fraction);
    let done = 0;
    for (const [name, part] of fractions) done += part * (weights.get(name) ?? 0);
    onProgress(total > 0 ? done / total : 0, [...fractions.values()].filter((part) => part === 1).length);
  };
}
