import { bitmapBytes, setBit } from '../bits.ts';
import type { MetricColumn } from '../tableSource.ts';
import { RUN_VALUES, type Run } from './run.ts';

const MAX_CHUNK = 2 ** 16;

interface Chunk {
  count: number;
  readonly rows: Uint32Array;
  readonly budgets: Uint8Array;
  readonly repeats: Uint8Array;
  /** One array for each place of `Run.values`: single precision as long as that is exact, else double. */
  readonly values: (Float32Array | Float64Array)[];
}

/** Where the runs of a log go: the final position of each row, and the table's repeats and budgets. */
export interface Placement {
  readonly positions: Uint32Array;
  readonly repeats: number;
  /** Codes of the budgets. */
  readonly budgets: readonly number[];
}

/**
 * The runs of a file in the order they came, in columns: how many repeats and rows there are is known at the end only. Memory
 * is that of the values, in chunks so that nothing is copied while it grows.
 */
export class RunLog {
  #chunks: Chunk[] = [];
  #current = newChunk(0);
  #capacity = 0;
  length = 0;
  /** At budget * RUN_VALUES + place: some value needs double precision. */
  readonly #isWide: Uint8Array;

  constructor(maxBudgets: number) {
    this.#isWide = new Uint8Array(maxBudgets * RUN_VALUES);
  }

  append({ values }: Run, row: number, budget: number, repeat: number): void {
    if (this.#current.count === this.#capacity) {
      this.#capacity = Math.min(MAX_CHUNK, Math.max(64, this.length));
      this.#current = newChunk(this.#capacity);
      this.#chunks.push(this.#current);
    }
    const chunk = this.#current;
    const i = chunk.count++;
    this.length++;
    chunk.rows[i] = row;
    chunk.budgets[i] = budget;
    chunk.repeats[i] = repeat;
    for (let place = 0; place < RUN_VALUES; place++) {
      const value = values[place];
      let column = chunk.values[place];
      column[i] = value;
      if (value === value && Math.fround(value) !== value) {
        this.#isWide[budget * RUN_VALUES + place] = 1;
        if (column instanceof Float32Array) {
          column = Float64Array.from(column);
          chunk.values[place] = column;
          column[i] = value;
        }
      }
    }
  }

  /**
   * One column of each budget from one place of the runs' values, which the log then forgets: at no time are all of them
   * held twice. Absent runs are NaN.
   */
  takeColumns(
    place: number,
    { positions, repeats, budgets }: Placement,
    nameOf: (budget: number) => string,
  ): MetricColumn[] {
    const length = positions.length * repeats;
    const isTotalTime = place === RUN_VALUES - 1;
    const columns = new Map(
      budgets.map((budget) => {
        // total_time is double in every table.
        const isWide = isTotalTime || this.#isWide[budget * RUN_VALUES + place] === 1;
        const values = isWide ? new Float64Array(length) : new Float32Array(length);
        return [budget, { values: values.fill(Number.NaN), validity: new Uint8Array(bitmapBytes(length)), present: 0 }];
      }),
    );
    for (const chunk of this.#chunks) {
      const source = chunk.values[place];
      for (let i = 0; i < chunk.count; i++) {
        const value = source[i];
        if (Number.isNaN(value)) continue;
        const column = columns.get(chunk.budgets[i]);
        if (column === undefined) continue;
        const index = positions[chunk.rows[i]] * repeats + chunk.repeats[i];
        column.values[index] = value;
        setBit(column.validity, index);
        column.present++;
      }
      chunk.values[place] = new Float32Array(0);
    }
    return Array.from(columns, ([budget, { values, validity, present }]) => ({
      name: nameOf(budget),
      repeats,
      values,
      validity: present === length ? null : validity,
    }));
  }
}

function newChunk(capacity: number): Chunk {
  return {
    count: 0,
    rows: new Uint32Array(capacity),
    budgets: new Uint8Array(capacity),
    repeats: new Uint8Array(capacity),
    values: Array.from({ length: RUN_VALUES }, () => new Float32Array(capacity)),
  };
}
