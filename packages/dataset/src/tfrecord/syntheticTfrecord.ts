import { UsageError } from '@nasbench/foundation/errors';
import { createRandom, type Random, type Seed } from '@nasbench/foundation/random';
import { type CellEnumeration, enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import { scheduledEpochs } from '../columns.ts';
import { compareHashes, HASH_BYTES } from '../hashBytes.ts';
import { OperationTexts } from './cellText.ts';
import { createRun, POINT_VALUES, type Run, TOTAL_TIME } from './run.ts';
import { RecordWriter } from './writeRecord.ts';

export interface SyntheticOptions {
  /** So many cells, those with fewest vertices and edges; by default all 423 624. */
  readonly cells?: number;
  /** Budgets in epochs; by default those of the official full file, 4, 12, 36 and 108. */
  readonly epochs?: readonly number[];
  /** Runs of every cell and budget; by default 3. */
  readonly repeats?: number;
  readonly seed?: Seed;
}

/** Images of the evaluations: every accuracy of the official files is a multiple of 1/9984. */
const EVALUATED_IMAGES = 9984;
const MOST_CELLS = 423_624;

/**
 * A file of the official form with real cells and hashes and made-up numbers, for tests and benchmarks: accuracies are
 * float32 multiples of 1/9984 that grow with the epochs, times float32 seconds that grow with the parameters, in the
 * official ranges, in pieces of about a megabyte. With all defaults it has 5 083 488 records and 2.1 GB. The same options
 * give the same bytes. Import it with provenance `synthetic`.
 *
 * @throws UsageError for options out of range.
 */
export function* syntheticTfrecord(options: SyntheticOptions = {}): Generator<Uint8Array> {
  const { cells = MOST_CELLS, epochs = [4, 12, 36, 108], repeats = 3, seed = 0 } = options;
  checkOption(cells, 'cells', MOST_CELLS);
  checkOption(repeats, 'repeats', 255);
  for (const budget of epochs) checkOption(budget, 'epochs', 999_999_999);
  const enumeration = smallestCells(cells);
  const hashes = hashCells(enumeration);
  const random = createRandom(seed, 'synthetic tfrecord');
  const writer = new RecordWriter(new OperationTexts(NASBENCH_101));
  const run = createRun();
  // The official files are in the order of the hashes.
  const order = new Uint32Array(cells).map((_, i) => i).toSorted((a, b) => compareHashes(hashes, a, hashes, b));
  for (const cell of order) {
    run.hash.set(hashes.subarray(cell * HASH_BYTES, (cell + 1) * HASH_BYTES));
    run.vertices = enumeration.vertices[cell];
    run.edges = enumeration.edges[cell];
    run.operations = enumeration.operations[cell];
    // Between the least and the most parameters of the space; small cells are many.
    const size = random.float() ** 2;
    run.parameters = 227_274 + Math.floor(size * 49_752_001);
    const quality = 1 - 0.1 * random.float() * random.float();
    writer.cell(run);
    for (const budget of epochs) {
      run.epochs = budget;
      for (let repeat = 0; repeat < repeats; repeat++) {
        makeUp(run, quality, size, random);
        writer.run(run);
      }
    }
    yield* writer.pieces();
  }
  yield* writer.pieces(true);
}

function makeUp(run: Run, quality: number, size: number, random: Random): void {
  const { values, epochs } = run;
  const secondsPerEpoch = 5 + 40 * size + random.float() / 4;
  for (const [i, point] of (['start', 'half', 'end'] as const).entries()) {
    const trained = scheduledEpochs(epochs, point);
    const at = i * POINT_VALUES;
    // 10 % untrained, nearly the cell's best after the longest budgets; halfway of the cosine schedule less than at its end.
    const learned = trained / (trained + 3 + (point === 'half' ? 12 : 0));
    const accuracy = 0.1 + (0.85 * quality - 0.1) * learned;
    values[at] = trained;
    values[at + 1] = Math.fround(trained * secondsPerEpoch);
    values[at + 2] = fraction(accuracy + 0.05 * learned, random);
    values[at + 3] = fraction(accuracy + 0.005 * learned, random);
    values[at + 4] = fraction(accuracy, random);
  }
  run.hasTotalTime = true;
  values[TOTAL_TIME] = epochs * secondsPerEpoch * 1.5 + 100 * random.float();
}

const fraction = (accuracy: number, random: Random): number =>
  Math.fround(
    Math.floor(EVALUATED_IMAGES * Math.min(1, Math.max(0, accuracy + 0.02 * (random.float() - 0.5)))) /
      EVALUATED_IMAGES,
  );

/** The first cells of the enumeration, of the smallest space that has so many. */
function smallestCells(count: number): CellEnumeration {
  for (let maxVertices = 4; ; maxVertices++) {
    const all = enumerateCells({ ...NASBENCH_101, maxVertices });
    if (all.count < count) continue;
    return {
      ...all,
      count,
      vertices: all.vertices.subarray(0, count),
      edges: all.edges.subarray(0, count),
      operations: all.operations.subarray(0, count),
    };
  }
}

function checkOption(value: number, name: string, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new UsageError(`${name} must be an integer of 1 .. ${most}, found ${value}`);
  }
}
