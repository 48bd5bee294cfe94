import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { log } from './fixedMath.ts';

/** What a stream starts from: a number or a text; both are read as their decimal text. */
export type Seed = number | string;

/** A stream of uniform draws. The same seed gives the same draws on every machine and JavaScript engine. */
export interface Random {
  /** A uniform integer of 0 .. n - 1, without bias; n is an integer of 1 .. 2^32. */
  int(n: number): number;
  /** A uniform multiple of 2^-53 in [0, 1). */
  float(): number;
}

/**
 * An independent stream for each (seed, purpose): `createRandom(7, 'shuffle', epoch)`. Streams are derived, never
 * split off one another, so a piece of work draws the same numbers alone, in any order and on any worker.
 * Generator: xoroshiro128+ from a 128-bit state hashed out of the text of seed and purpose.
 */
export function createRandom(seed: Seed, ...purpose: readonly (string | number)[]): Random {
  const generator = xoroshiro128plusFromState(hash128(streamName(seed, purpose)));
  return {
    int(n) {
      // Equal buckets of 32-bit draws; a draw beyond the last whole bucket is drawn again. High bits decide: they are the better ones.
      const bucket = Math.floor(0x1_0000_0000 / n);
      let value = n;
      while (value >= n) value = Math.floor((generator.next() >>> 0) / bucket);
      return value;
    },
    float() {
      const high = generator.next() >>> 5;
      const low = generator.next() >>> 6;
      return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
    },
  };
}

/** The seed of a sub-stream as 32 hexadecimal digits, for handing on to another process or into a file. */
export function deriveSeed(seed: Seed, ...purpose: readonly (string | number)[]): string {
  return hash128(streamName(seed, purpose))
    .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

/** Fisher-Yates: every order is equally likely. */
export function shuffleInPlace(random: Random, items: { length: number; [index: number]: number }): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const item = items[i];
    items[i] = items[j];
    items[j] = item;
  }
}

/** A standard normal draw (Marsaglia's polar method). */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random.float() - 1;
    const y = 2 * random.float() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * log(square)) / square);
  }
}

/** A standard normal draw within two standard deviations, others drawn again (TensorFlow's `truncated_normal`). */
export function truncatedNormal(random: Random): number {
  for (;;) {
    const value = normal(random);
    if (Math.abs(value) < 2) return value;
  }
}

/** JSON keeps ('a', 'b/c') apart from ('a/b', 'c'); a number and its text are the same stream. */
function streamName(seed: Seed, purpose: readonly (string | number)[]): string {
  return JSON.stringify([seed, ...purpose].map(String));
}

/** Four lanes of multiply-xorshift over the UTF-16 units, mixed into one another at the end; not cryptographic. */
function hash128(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x5be0cd19];
  const factors = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1] as const;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane] ^ (unit + lane), factors[lane]);
      lanes[lane] = mixed ^ (mixed >>> 15);
    }
  }
  for (let round = 0; round < 3; round++) {
    for (let lane = 0; lane < 4; lane++) {
      const neighbor = lanes[(lane + 1) & 3];
      const mixed = Math.imul(lanes[lane] ^ (neighbor >>> 13) ^ neighbor, factors[lane]);
      lanes[lane] = (mixed ^ (mixed >>> 16)) + text.length;
    }
  }
  // The generator's one forbidden state is all zeros.
  if (lanes.every((lane) => (lane | 0) === 0)) lanes[0] = 1;
  return lanes.map((lane) => lane | 0) as [number, number, number, number];
}
