import { isInShard, type Shard } from './units/shard.ts';
import type { RunName, Unit, UnitList } from './units/units.ts';

/** How a regeneration stands; counts are runs, work is multiply-adds of training (evaluation grows alike and is left out). */
export interface RegenerationProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly work: number;
  readonly totalWork: number;
  readonly imagesPerSecond: number;
  /** in the order of the workers' numbers */
  readonly running: readonly RunningUnit[];
  /** of a run or of a process that was replaced, since this process began; null: none */
  readonly lastError: string | null;
}

export interface RunningUnit {
  readonly worker: number;
  readonly unit: Unit;
  /** of its training, 0 .. 1 */
  readonly fraction: number;
  readonly imagesPerSecond: number;
  /** multiply-adds so far */
  readonly work: number;
}

const [OPEN, DONE, FAILED, ELSEWHERE] = [0, 1, 2, 3];

/** Which units of a list are finished and which are running: a byte for each. */
export class RegenerationState {
  done = 0;
  failed = 0;
  lastError: string | null = null;
  readonly total: number;
  readonly #units: UnitList;
  readonly #costOf: (cell: number, epochs: number) => number;
  readonly #status: Uint8Array;
  readonly #running = new Map<number, RunningUnit>();
  #finishedWork = 0;
  #totalWork = 0;

  /**
   * @param shard the units that count; undefined: all
   * @param costOf multiply-adds of a unit's training, given the number of its cell
   */
  constructor(units: UnitList, shard: Shard | undefined, costOf: (cell: number, epochs: number) => number) {
    this.#units = units;
    this.#costOf = costOf;
    this.#status = new Uint8Array(units.length);
    let total = 0;
    for (let index = 0; index < units.length; index++) {
      if (shard !== undefined && !isInShard(index, shard)) {
        this.#status[index] = ELSEWHERE;
        continue;
      }
      total++;
      this.#totalWork += this.#cost(index);
    }
    this.total = total;
  }

  isOpen(index: number): boolean {
    return this.#status[index] === OPEN;
  }

  /** Whether the run is finished without results. */
  hasFailed(run: RunName): boolean {
    return this.#status[this.#units.indexOf(run)] === FAILED;
  }

  running(worker: number, unit: Unit, fraction: number, imagesPerSecond: number): void {
    const work = fraction * this.#cost(this.#units.indexOf(unit));
    this.#running.set(worker, { worker, unit, fraction, imagesPerSecond, work });
  }

  /** Takes note of a journal's entry; one of other work does not count, one that comes again counts once. */
  finished(entry: RunName & { readonly points: unknown }): void {
    const index = this.#units.indexOf(entry);
    if (index < 0 || this.#status[index] === ELSEWHERE) return;
    const isFailure = entry.points === null;
    if (this.#status[index] === OPEN) {
      this.done++;
      this.#finishedWork += this.#cost(index);
      if (isFailure) this.failed++;
      this.#status[index] = isFailure ? FAILED : DONE;
    } else if (this.#status[index] === FAILED && !isFailure) {
      // It was trained again.
      this.failed--;
      this.#status[index] = DONE;
    }
  }

  now(): RegenerationProgress {
    const running = [...this.#running.values()]
      .filter(({ unit }) => this.isOpen(this.#units.indexOf(unit)))
      .toSorted((a, b) => a.worker - b.worker);
    return {
      done: this.done,
      total: this.total,
      failed: this.failed,
      work: this.#finishedWork + running.reduce((sum, { work }) => sum + work, 0),
      totalWork: this.#totalWork,
      imagesPerSecond: running.reduce((sum, { imagesPerSecond }) => sum + imagesPerSecond, 0),
      running,
      lastError: this.lastError,
    };
  }

  #cost(index: number): number {
    return this.#costOf(this.#units.cellOf(index), this.#units.epochsOf(index));
  }
}
