import { once } from 'node:events';
import type { JournalEntry } from '../journal/journal.ts';
import type { Claim, UnitSource } from './unitSource.ts';
import type { UnitList } from './units.ts';

/** The units of one process: a list, from which those are left out that are finished. */
export class LocalSource implements UnitSource {
  readonly #units: UnitList;
  readonly #isOpen: (index: number) => boolean;
  readonly #keep: (entry: JournalEntry) => Promise<void>;
  /** Units that came back. */
  readonly #returned: number[] = [];
  #next = 0;
  #out = 0;
  /** Fires when a unit comes back or the last one that was out is finished. */
  readonly #changed = new EventTarget();

  /**
   * @param isOpen whether the unit of an index is to be trained; asked once for each
   * @param keep must have kept the run when it resolves
   */
  constructor(units: UnitList, isOpen: (index: number) => boolean, keep: (entry: JournalEntry) => Promise<void>) {
    this.#units = units;
    this.#isOpen = isOpen;
    this.#keep = keep;
  }

  async take(signal: AbortSignal): Promise<Claim | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const index = this.#nextIndex();
      if (index !== undefined) return this.#claim(index);
      if (this.#out === 0) return undefined;
      // Its own signal's reason, which `once` would wrap.
      await once(this.#changed, 'change', { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async close(): Promise<void> {
    this.#next = this.#units.length;
    this.#returned.length = 0;
  }

  #nextIndex(): number | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    while (this.#next < this.#units.length) {
      const index = this.#next++;
      if (this.#isOpen(index)) return index;
    }
    return undefined;
  }

  #claim(index: number): Claim {
    this.#out++;
    let ended = false;
    const end = (): void => {
      ended = true;
      this.#out--;
      this.#changed.dispatchEvent(new Event('change'));
    };
    return {
      unit: this.#units.at(index),
      finish: async (entry) => {
        await this.#keep(entry);
        end();
      },
      release: async () => {
        if (ended) return;
        this.#returned.push(index);
        end();
      },
    };
  }
}
