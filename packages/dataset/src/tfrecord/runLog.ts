import { bitmapBytes, setBit } from '../bits.ts';
import type { MetricColumn } from '../tableSource.ts';
import { RUN_VALUES, type Run, TOTAL_TIME } from './run.ts';

/** Runs that are put into columns together, while their values are in the processor's cache. */
const STAGED = 256;
/** A multiple of STAGED. */
const MAX_CHUNK = 2 ** 16;

interface Chunk {
  count: number;
  /** Rows in order of appearance; once the log is closed, indices in the table's columns. */
  readonly places: Uint32Array;
  readonly repeats: Uint8Array;
  /** Whether the indices are consecutive. */
  isConsecutive: boolean;
  /** One array for each place of `Run.values`: single precision as long as that is exact, else double. */
  readonly values: (Float32Array | Float64Array)[];
}

/**
 * The runs of a file in the order they came, in columns by budget: how many repeats and rows there are is known at the end
 * only. Memory is that of the values, in chunks so that nothing is copied while it grows.
 */
export class RunLog {
  readonly #budgets: BudgetRuns[] = [];
  #slots = 0;
  length = 0;

  /** `budget`: a code; a new one is the next integer. */
  append({ values }: Run, row: number, budget: number, repeat: number): void {
    if (budget === this.#budgets.length) this.#budgets.push(new BudgetRuns());
    this.#budgets[budget].append(values, row, repeat);
    this.length++;
  }

  /** After the last run: `positions` are the rows of the table, by row of the log. */
  close(positions: Uint32Array, repeats: number): void {
    this.#slots = positions.length * repeats;
    for (const runs of this.#budgets) runs.close(positions, repeats);
  }

  /**
   * The column of one place of a budget's values, which the log then forgets: at no time are all of them held twice. Absent
   * runs are NaN.
   */
  takeColumn(budget: number, place: number, name: string, repeats: number): MetricColumn {
    return { name, repeats, ...this.#budgets[budget].takeColumn(place, this.#slots) };
  }
}

class BudgetRuns {
  readonly #chunks: Chunk[] = [];
  readonly #staged = new Float64Array(STAGED * RUN_VALUES);
  readonly #rows = new Uint32Array(STAGED);
  readonly #repeats = new Uint8Array(STAGED);
  #stagedCount = 0;
  #count = 0;
  #capacity = 0;
  /** By place: values that are NaN, and whether some value needs double precision; total_time is double in every table. */
  readonly #absent = new Uint32Array(RUN_VALUES);
  readonly #isWide = Array.from({ length: RUN_VALUES }, (_, place) => place === TOTAL_TIME);

  append(values: Float64Array, row: number, repeat: number): void {
    if (this.#stagedCount === STAGED) this.#flush();
    const i = this.#stagedCount++;
    const staged = this.#staged;
    for (let place = 0, at = i * RUN_VALUES; place < RUN_VALUES; place++, at++) staged[at] = values[place];
    this.#rows[i] = row;
    this.#repeats[i] = repeat;
  }

  close(positions: Uint32Array, repeats: number): void {
    this.#flush();
    for (const chunk of this.#chunks) {
      const { places } = chunk;
      for (let i = 0; i < chunk.count; i++) places[i] = positions[places[i]] * repeats + chunk.repeats[i];
      for (let i = 1; i < chunk.count && chunk.isConsecutive; i++) chunk.isConsecutive = places[i] === places[0] + i;
    }
  }

  takeColumn(place: number, slots: number): Pick<MetricColumn, 'values' | 'validity'> {
    const values = this.#isWide[place] ? new Float64Array(slots) : new Float32Array(slots);
    const isComplete = this.#count - this.#absent[place] === slots;
    const validity = isComplete ? null : new Uint8Array(bitmapBytes(slots));
    if (!isComplete) values.fill(Number.NaN);
    for (const chunk of this.#chunks) {
      const { count, places } = chunk;
      const source = chunk.values[place];
      if (chunk.isConsecutive) values.set(source.subarray(0, count), places[0]);
      else for (let i = 0; i < count; i++) values[places[i]] = source[i];
      if (validity) for (let i = 0; i < count; i++) if (!Number.isNaN(source[i])) setBit(validity, places[i]);
      chunk.values[place] = new Float32Array(0);
    }
    return { values, validity };
  }

  #flush(): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.count === this.#capacity) {
      this.#capacity = Math.min(MAX_CHUNK, Math.max(STAGED, this.#count));
      chunk = newChunk(this.#capacity);
      this.#chunks.push(chunk);
    }
    const count = this.#stagedCount;
    chunk.places.set(this.#rows.subarray(0, count), chunk.count);
    chunk.repeats.set(this.#repeats.subarray(0, count), chunk.count);
    for (let place = 0; place < RUN_VALUES; place++) this.#copy(place, chunk);
    chunk.count += count;
    this.#count += count;
    this.#stagedCount = 0;
  }

  #copy(place: number, chunk: Chunk): void {
    const staged = this.#staged;
    const count = this.#stagedCount;
    const end = count * RUN_VALUES;
    const values = chunk.values[place];
    if (values instanceof Float32Array && copyExactly(staged, place, end, values, chunk.count)) return;
    let isExact = true;
    for (let from = place; from < end; from += RUN_VALUES) {
      const value = staged[from];
      if (Number.isNaN(value)) this.#absent[place]++;
      else if (Math.fround(value) !== value) isExact = false;
    }
    if (isExact && values instanceof Float32Array) return;
    if (!isExact) this.#isWide[place] = true;
    const wide = values instanceof Float64Array ? values : Float64Array.from(values);
    chunk.values[place] = wide;
    for (let i = 0; i < count; i++) wide[chunk.count + i] = staged[i * RUN_VALUES + place];
  }
}

/** False if some value is another one in single precision, or NaN. */
function copyExactly(staged: Float64Array, place: number, end: number, target: Float32Array, start: number): boolean {
  let isExact = true;
  for (let from = place, to = start; from < end; from += RUN_VALUES, to++) {
    const value = staged[from];
    target[to] = value;
    if (target[to] !== value) isExact = false;
  }
  return isExact;
}

function newChunk(capacity: number): Chunk {
  return {
    count: 0,
    places: new Uint32Array(capacity),
    repeats: new Uint8Array(capacity),
    isConsecutive: true,
    values: Array.from({ length: RUN_VALUES }, (_, place) =>
      place === TOTAL_TIME ? new Float64Array(capacity) : new Float32Array(capacity),
    ),
  };
}
