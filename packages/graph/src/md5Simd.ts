import { INITIAL_STATE, SINES } from './md5.ts';

/**
 * MD5 of eight messages at once in WebAssembly SIMD, one message per 32-bit lane. All have the same layout: pieces of 32
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

/** Vectors of four messages each that are hashed side by side. */
const GROUPS = 2;

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

/** Undefined where WebAssembly SIMD is missing or forbidden (a content security policy): hash one by one there. */
export function createMd5Simd(slots: number): Md5Simd | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((SLOTS + slots * SLOT_BYTES) / PAGE) });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { m: { m: memory } });
    new Int32Array(memory.buffer, TABLE, SINES.length).set(SINES);
    return { memory: memory.buffer, run: instance.exports.run as Md5Simd['run'] };
  } catch {
    return undefined;
  }
}

// The module is assembled here: expressions are byte strings in postfix order, composed by functions.
type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;

/** LEB128, unsigned. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** LEB128, signed. */
function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
const tee = (local: number, value: Code): Code => [...value, 0x22, ...unsigned(local)];
const int = (value: number): Code => [0x41, ...signed(value)];
const addInt = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const subtractInt = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
const shiftInt = (a: Code, bits: number): Code => [...a, ...int(bits), 0x74];
const loadInt = (address: Code, offset: number): Code => [...address, 0x28, 0, ...unsigned(offset)];
/** do body while (condition) */
const repeatWhile = (body: Code, condition: Code): Code => [0x03, NO_RESULT, ...body, ...condition, 0x0d, 0, 0x0b];

const load = (address: Code, offset: number): Code => [...address, ...simd(0x00), 0, ...unsigned(offset)];
const loadSplat = (address: Code, offset: number): Code => [...address, ...simd(0x09), 0, ...unsigned(offset)];
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  0,
  ...unsigned(offset),
];
const constant = (bytes: Code): Code => [...simd(0x0c), ...bytes];
const shuffle = (a: Code, b: Code, bytes: Code): Code => [...a, ...b, ...simd(0x0d), ...bytes];
const lookUp = (table: Code, indices: Code): Code => [...table, ...indices, ...simd(0x0e)];
const not = (a: Code): Code => [...a, ...simd(0x4d)];
const and = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)];
const andNot = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4f)];
const or = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x50)];
const xor = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x51)];
const shiftLeft = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xab)];
const shiftRight = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xad)];
const add = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];

const LANES = [0, 1, 2, 3];
const bytesOfWords = (words: Code): Code => words.flatMap((word) => LANES.map((byte) => 4 * word + byte));
const times = (count: number, byte: number): Code => Array.from({ length: count }, () => byte);
const sequence = (...codes: readonly Code[]): Code => codes.flat();

/** Four rows of four words to four columns; `rows` and `columns` are locals. */
function transpose(rows: Code, columns: Code, scratch: Code): Code {
  const [lowA, lowB, highA, highB] = scratch;
  const pick = (to: number, a: number, b: number, words: Code) => set(to, shuffle(get(a), get(b), bytesOfWords(words)));
  return [
    ...pick(lowA, rows[0], rows[1], [0, 4, 1, 5]),
    ...pick(lowB, rows[2], rows[3], [0, 4, 1, 5]),
    ...pick(highA, rows[0], rows[1], [2, 6, 3, 7]),
    ...pick(highB, rows[2], rows[3], [2, 6, 3, 7]),
    ...pick(columns[0], lowA, lowB, [0, 1, 4, 5]),
    ...pick(columns[1], lowA, lowB, [2, 3, 6, 7]),
    ...pick(columns[2], highA, highB, [0, 1, 4, 5]),
    ...pick(columns[3], highA, highB, [2, 3, 6, 7]),
  ];
}

/**
 * What a round adds to the sum, which word a step takes, how far it rotates (RFC 1321). `b` is the newest value, the
 * others have waited for it: the fewer operations between it and the sum, the faster. The second round's two halves share
 * no bits, so they can be added one by one.
 */
const ROUNDS: readonly { mix(sum: Code, b: Code, c: Code, d: Code): Code; word(i: number): number; rotations: Code }[] =
  [
    { mix: (sum, b, c, d) => add(sum, xor(d, and(b, xor(c, d)))), word: (i) => i, rotations: [7, 12, 17, 22] },
    {
      mix: (sum, b, c, d) => add(add(sum, andNot(c, d)), and(b, d)),
      word: (i) => 5 * i + 1,
      rotations: [5, 9, 14, 20],
    },
    { mix: (sum, b, c, d) => add(sum, xor(b, xor(c, d))), word: (i) => 3 * i + 5, rotations: [4, 11, 16, 23] },
    { mix: (sum, b, c, d) => add(sum, xor(c, or(b, not(d)))), word: (i) => 7 * i, rotations: [6, 10, 15, 21] },
  ];

// Locals of the function: its parameters, two integers, then vectors, of which every group of four messages has its own.
const PIECES = 0;
const BLOCKS = 1;
const OUT = 2;
const POINTER = 3;
const OFFSET = 4;
const VECTORS_PER_GROUP = 32;

function groupLocals(group: number) {
  const first = 5 + group * VECTORS_PER_GROUP;
  const locals = (start: number, count: number): Code => Array.from({ length: count }, (_, i) => first + start + i);
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

function functionBody(): Code {
  const groups = Array.from({ length: GROUPS }, (_, group) => groupLocals(group));
  const advance = (pointer: number, step: number): Code => set(pointer, addInt(get(pointer), int(step)));

  const copyPieces = [
    ...set(POINTER, int(0)),
    ...repeatWhile(
      [
        ...set(OFFSET, loadInt(get(POINTER), OFFSETS)),
        ...groups
          .flatMap((group) => group.messages)
          .flatMap((message, lane) => {
            // SOURCES holds a word per message where OFFSETS holds one.
            const source = loadInt(shiftInt(get(POINTER), Math.log2(MD5_LANES)), SOURCES + 4 * lane);
            return [0, 16].flatMap((half) => store(get(OFFSET), message + half, load(source, half)));
          }),
        ...advance(POINTER, 4),
      ],
      subtractInt(get(POINTER), shiftInt(get(PIECES), 2)),
    ),
  ];

  const start = groups.flatMap(({ total }) =>
    total.flatMap((local, i) => {
      const word = INITIAL_STATE[i];
      return set(
        local,
        constant(LANES.flatMap(() => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24])),
      );
    }),
  );

  const loadWords = groups.flatMap(({ rows, words, scratch, messages }) =>
    LANES.flatMap((quarter) => [
      ...LANES.flatMap((lane) => set(rows[lane], load(get(POINTER), messages[lane] + 16 * quarter))),
      ...transpose(rows, words.slice(4 * quarter, 4 * quarter + 4), scratch),
    ]),
  );

  // Step by step through all groups in turn: a processor works on them at the same time, a chain of steps alone would idle.
  const steps = Array.from({ length: 64 }, (_, i) => {
    const round = ROUNDS[i >> 4];
    const bits = round.rotations[i & 3];
    return groups.flatMap(({ state, words, scratch }) => {
      const [a, b, c, d] = LANES.map((k) => state[(k - i) & 3]);
      const known = add(add(get(a), get(words[round.word(i) & 15])), loadSplat(int(TABLE), 4 * i));
      const sum = tee(scratch[0], round.mix(known, get(b), get(c), get(d)));
      return set(a, add(or(shiftLeft(sum, bits), shiftRight(get(scratch[0]), 32 - bits)), get(b)));
    });
  });

  const hashBlocks = [
    ...set(POINTER, int(0)),
    ...repeatWhile(
      [
        ...loadWords,
        ...groups.flatMap(({ state, total }) => state.flatMap((local, i) => set(local, get(total[i])))),
        ...steps.flat(),
        ...groups.flatMap(({ state, total }) =>
          total.flatMap((local, i) => set(local, add(get(local), get(state[i])))),
        ),
        ...advance(POINTER, 64),
      ],
      subtractInt(get(POINTER), shiftInt(get(BLOCKS), 6)),
    ),
  ];

  const digits = constant(Array.from('0123456789abcdef', (character) => character.charCodeAt(0)));
  const low = constant(times(16, 15));
  const reversedWords = LANES.flatMap((word) => [3, 2, 1, 0].map((byte) => 4 * word + byte));
  const interleaved = Array.from({ length: 32 }, (_, i) => (i >> 1) + 16 * (i & 1));
  const writeSlots = groups.flatMap(({ total, rows, scratch, slots }) =>
    sequence(
      transpose(total, rows, scratch),
      ...LANES.map((lane) => {
        const row = get(rows[lane]);
        const [high, small] = scratch;
        return sequence(
          set(high, lookUp(digits, and(shiftRight(row, 4), low))),
          set(small, lookUp(digits, and(row, low))),
          store(get(OUT), slots[lane], shuffle(get(high), get(small), interleaved.slice(0, 16))),
          store(get(OUT), slots[lane] + 16, shuffle(get(high), get(small), interleaved.slice(16))),
          store(get(OUT), slots[lane] + SLOT_ORDER, shuffle(row, row, reversedWords)),
        );
      }),
    ),
  );

  return [...copyPieces, ...start, ...hashBlocks, ...writeSlots];
}

/** \0asm, version 1 */
const MAGIC: Code = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const sized = (content: Code): Code => [...unsigned(content.length), ...content];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  const name = (text: string): Code => sized(Array.from(text, (character) => character.charCodeAt(0)));
  const locals = [2, 2, I32, ...unsigned(GROUPS * VECTORS_PER_GROUP), V128];
  const body = [...locals, ...functionBody(), 0x0b];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [1, 0x60, 3, I32, I32, I32, 0]), // type 0: (i32, i32, i32) -> nothing
    ...section(2, [1, ...name('m'), ...name('m'), 2, 0, 1]), // import the memory
    ...section(3, [1, 0]), // one function of type 0
    ...section(7, [1, ...name('run'), 0, 0]), // export it
    ...section(10, [1, ...sized(body)]),
  ]);
}
