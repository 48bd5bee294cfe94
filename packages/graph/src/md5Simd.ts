import { INITIAL_STATE, SINES } from './md5.ts';
import { assembleModule, type Bytes, type Code, get, i32, repeatWhile, set, tee, v128 } from './wasmAssembler.ts';

/**
 * MD5 of twelve messages at once in WebAssembly SIMD, one message per 32-bit lane. All have the same layout: pieces of 32
 * characters (digests as text) at the same offsets, between constant characters and padding that the caller writes first.
 */
export interface Md5Simd {
  readonly memory: ArrayBuffer;
  /**
   * Copies `pieces` (1 or more) digests into each message, hashes `blocks` (1 or more) blocks of 64 bytes and writes the
   * digests to consecutive slots from address `out` on. Piece i goes to byte `OFFSETS[i]` of message l, from the slot whose
   * address is `SOURCES[i * MD5_LANES + l]`.
   */
  run(pieces: number, blocks: number, out: number): void;
}

/**
 * Vectors of four messages each that are hashed side by side. One alone leaves the processor waiting for its own results;
 * with four, their state no longer fits the 16 vector registers of x86-64.
 */
const GROUPS = 3;

/** Messages per call. */
export const MD5_LANES = 4 * GROUPS;

/** Memory map, in bytes. */
const TABLE = 0; // 64 words: the sines
export const OFFSETS = 256; // a word per piece
export const SOURCES = 320; // a word per piece and message
export const MESSAGES = SOURCES + 16 * 4 * MD5_LANES;
export const MESSAGE_BYTES = 384;
export const SLOTS = MESSAGES + MD5_LANES * MESSAGE_BYTES;

/** A slot holds a digest: 32 hexadecimal characters, then its 4 words big-endian, which sort as the text does. */
export const SLOT_BYTES = 48;
export const SLOT_ORDER = 32;

const PAGE = 65_536;

let compiled: WebAssembly.Module | undefined;

/** Undefined where WebAssembly SIMD is missing or forbidden (a content security policy): hash one by one there. */
export function createMd5Simd(slots: number): Md5Simd | undefined {
  try {
    compiled ??= new WebAssembly.Module(
      assembleModule({ parameters: 3, integers: 3, vectors: GROUPS * VECTORS_PER_GROUP }, functionBody()),
    );
    const memory = new WebAssembly.Memory({ initial: Math.ceil((SLOTS + slots * SLOT_BYTES) / PAGE) });
    const instance = new WebAssembly.Instance(compiled, { m: { m: memory } });
    new Int32Array(memory.buffer, TABLE, SINES.length).set(SINES);
    return { memory: memory.buffer, run: instance.exports.run as Md5Simd['run'] };
  } catch {
    return undefined;
  }
}

const LANES = [0, 1, 2, 3];

/** Four rows of four words to four columns; `rows` and `columns` are locals. */
function transpose(rows: Bytes, columns: Bytes, scratch: Bytes): Code {
  const [lowA, lowB, highA, highB] = scratch;
  const pick = (to: number, a: number, b: number, words: Bytes): Code => {
    const bytes = words.flatMap((word) => LANES.map((byte) => 4 * word + byte));
    return set(to, v128.shuffle(get(a), get(b), bytes));
  };
  return [
    pick(lowA, rows[0], rows[1], [0, 4, 1, 5]),
    pick(lowB, rows[2], rows[3], [0, 4, 1, 5]),
    pick(highA, rows[0], rows[1], [2, 6, 3, 7]),
    pick(highB, rows[2], rows[3], [2, 6, 3, 7]),
    pick(columns[0], lowA, lowB, [0, 1, 4, 5]),
    pick(columns[1], lowA, lowB, [2, 3, 6, 7]),
    pick(columns[2], highA, highB, [0, 1, 4, 5]),
    pick(columns[3], highA, highB, [2, 3, 6, 7]),
  ];
}

/** What a round adds to the sum, which word a step takes, how far it rotates (RFC 1321). */
interface Round {
  readonly mix: (this: void, sum: Code, b: Code, c: Code, d: Code) => Code;
  readonly word: (this: void, i: number) => number;
  readonly rotations: Bytes;
}

const { add, and, andNot, not, or, xor } = v128;

// b is the newest value, the others have waited for it: the fewer operations between it and the sum, the faster. The second
// round's two halves share no bits, so they can be added one by one.
const ROUNDS: readonly Round[] = [
  { mix: (sum, b, c, d) => add(sum, xor(d, and(b, xor(c, d)))), word: (i) => i, rotations: [7, 12, 17, 22] },
  { mix: (sum, b, c, d) => add(add(sum, andNot(c, d)), and(b, d)), word: (i) => 5 * i + 1, rotations: [5, 9, 14, 20] },
  { mix: (sum, b, c, d) => add(sum, xor(b, xor(c, d))), word: (i) => 3 * i + 5, rotations: [4, 11, 16, 23] },
  { mix: (sum, b, c, d) => add(sum, xor(c, or(b, not(d)))), word: (i) => 7 * i, rotations: [6, 10, 15, 21] },
];

// Locals: the parameters, three integers, then vectors, of which every group of four messages has its own.
const PIECES = 0;
const BLOCKS = 1;
const OUT = 2;
const POINTER = 3;
const OFFSET = 4;
const SOURCE = 5;
const VECTORS_PER_GROUP = 32;

function groupLocals(group: number) {
  const locals = (start: number, count: number): Bytes =>
    Array.from({ length: count }, (_, i) => SOURCE + 1 + group * VECTORS_PER_GROUP + start + i);
  return {
    total: locals(0, 4), // the state, one word of each message per local
    state: locals(4, 4), // the state inside a block
    words: locals(8, 16),
    scratch: locals(24, 4),
    rows: locals(28, 4),
    messages: LANES.map((lane) => MESSAGES + (4 * group + lane) * MESSAGE_BYTES),
    slots: LANES.map((lane) => (4 * group + lane) * SLOT_BYTES),
  };
}
type Group = ReturnType<typeof groupLocals>;

function functionBody(): Code {
  const groups = Array.from({ length: GROUPS }, (_, group) => groupLocals(group));
  return [copyPieces(groups), hashBlocks(groups), groups.map(writeSlots)];
}

const advance = (pointer: number, step: number): Code => set(pointer, i32.add(get(pointer), i32.constant(step)));

function copyPieces(groups: readonly Group[]): Code {
  const copies = groups
    .flatMap((group) => group.messages)
    .map((message, lane) => {
      const source = i32.load(get(SOURCE), SOURCES + 4 * lane);
      return [0, 16].map((half) => v128.store(get(OFFSET), message + half, v128.load(source, half)));
    });
  return [
    set(POINTER, i32.constant(0)),
    set(SOURCE, i32.constant(0)),
    repeatWhile(
      [set(OFFSET, i32.load(get(POINTER), OFFSETS)), copies, advance(POINTER, 4), advance(SOURCE, 4 * MD5_LANES)],
      i32.subtract(get(POINTER), i32.shiftLeft(get(PIECES), 2)),
    ),
  ];
}

function hashBlocks(groups: readonly Group[]): Code {
  const start = groups.map(({ total }) =>
    total.map((local, i) => {
      const word = INITIAL_STATE[i];
      const bytes = [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
      return set(local, v128.constant(LANES.flatMap(() => bytes)));
    }),
  );
  const loadWords = groups.map(({ rows, words, scratch, messages }) =>
    LANES.map((quarter) => [
      LANES.map((lane) => set(rows[lane], v128.load(get(POINTER), messages[lane] + 16 * quarter))),
      transpose(rows, words.slice(4 * quarter, 4 * quarter + 4), scratch),
    ]),
  );
  // Step by step through all groups in turn, so that their independent operations fill each other's waiting times.
  const steps = Array.from({ length: 64 }, (_, i) => {
    const round = ROUNDS[i >> 4];
    const bits = round.rotations[i & 3];
    return groups.map(({ state, words, scratch }) => {
      const [a, b, c, d] = LANES.map((k) => state[(k - i) & 3]);
      const known = add(add(get(a), get(words[round.word(i) & 15])), v128.loadSplat(i32.constant(TABLE), 4 * i));
      const sum = tee(scratch[0], round.mix(known, get(b), get(c), get(d)));
      const rotated = or(v128.shiftLeft(sum, bits), v128.shiftRight(get(scratch[0]), 32 - bits));
      return set(a, add(rotated, get(b)));
    });
  });
  return [
    start,
    set(POINTER, i32.constant(0)),
    repeatWhile(
      [
        loadWords,
        groups.map(({ state, total }) => state.map((local, i) => set(local, get(total[i])))),
        steps,
        groups.map(({ state, total }) => total.map((local, i) => set(local, add(get(local), get(state[i]))))),
        advance(POINTER, 64),
      ],
      i32.subtract(get(POINTER), i32.shiftLeft(get(BLOCKS), 6)),
    ),
  ];
}

function writeSlots({ total, rows, scratch, slots }: Group): Code {
  const digits = v128.constant(Array.from('0123456789abcdef', (character) => character.charCodeAt(0)));
  const lowNibbles = v128.constant(Array.from({ length: 16 }, () => 15));
  const reversedWords = LANES.flatMap((word) => [3, 2, 1, 0].map((byte) => 4 * word + byte));
  const interleaved = Array.from({ length: 32 }, (_, i) => (i >> 1) + 16 * (i & 1));
  const [high, low] = scratch;
  const writeLanes = LANES.map((lane) => {
    const row = get(rows[lane]);
    return [
      set(high, v128.lookUp(digits, and(v128.shiftRight(row, 4), lowNibbles))),
      set(low, v128.lookUp(digits, and(row, lowNibbles))),
      v128.store(get(OUT), slots[lane], v128.shuffle(get(high), get(low), interleaved.slice(0, 16))),
      v128.store(get(OUT), slots[lane] + 16, v128.shuffle(get(high), get(low), interleaved.slice(16))),
      v128.store(get(OUT), slots[lane] + SLOT_ORDER, v128.shuffle(row, row, reversedWords)),
    ];
  });
  return [transpose(total, rows, scratch), writeLanes];
}
