import { initialText } from './hash.ts';
import {
  createMd5Simd,
  MD5_LANES,
  MESSAGE_BYTES,
  MESSAGES,
  OFFSETS,
  SLOT_BYTES,
  SLOT_ORDER,
  SLOTS,
  SOURCES,
} from './md5Simd.ts';
import { bigEndian, HEX_WORDS, Md5Text, writeHex } from './md5Text.ts';
import { MAX_PACKED_VERTICES } from './packed.ts';

/** One matrix under many labellings: all its messages have the same layout, so twelve labellings are hashed at a time. */
interface Shape {
  readonly vertices: number;
  /** `successors[v]` is the mask of the vertices that v has an edge to. */
  readonly successors: ArrayLike<number>;
  /** Interior labels are 0 .. base - 1. */
  readonly base: number;
}

export interface ShapeHasher {
  /**
   * Module hashes of one shape under `count` labellings, at most {@link MAX_LABELINGS}: `labels[i * vertices + v]` is the
   * label of vertex v in labelling i. Returns four big-endian words each, valid until the next call.
   */
  hash(shape: Shape, labels: Int32Array, count: number): Uint32Array;
}

/** A multiple of MD5_LANES, and enough for the 3^5 labellings of a 7-vertex matrix. */
export const MAX_LABELINGS = 252;

/** Digests of every vertex under every labelling, before and after a round, and the hashes. */
const BUFFERS = 2 * MAX_PACKED_VERTICES + 1;
const bufferAddress = (buffer: number): number => SLOTS + buffer * MAX_LABELINGS * SLOT_BYTES;

/** Undefined where WebAssembly SIMD is not available. */
export function createShapeHasher(): ShapeHasher | undefined {
  const simd = createMd5Simd(BUFFERS * MAX_LABELINGS);
  if (simd === undefined) return undefined;
  const { memory } = simd;
  const bytes = new Uint8Array(memory);
  const words = new Int32Array(memory);
  const unsignedWords = new Uint32Array(memory);
  const hashes = new Uint32Array(4 * MAX_LABELINGS);
  const text = new Md5Text(64);

  // now[v * MAX_LABELINGS + i]: address of vertex v's digest under labelling i. Labellings may share one.
  let now = new Int32Array(MAX_PACKED_VERTICES * MAX_LABELINGS);
  let next = new Int32Array(MAX_PACKED_VERTICES * MAX_LABELINGS);
  const examples = new Int32Array(MAX_LABELINGS + MD5_LANES);
  const slotOfCode = new Int32Array(MAX_LABELINGS);

  /** Prepares all messages: constants[i] stands before piece i, the last one after all pieces. Returns the blocks. */
  const layOut = (constants: readonly string[]): number => {
    const pieces = constants.length - 1;
    let length = 32 * pieces;
    for (const constant of constants) length += constant.length;
    const blocks = ((length + 8) >> 6) + 1;
    const padding = length & ~3;
    const end = 64 * blocks;
    for (let start = MESSAGES; start < MESSAGES + MD5_LANES * MESSAGE_BYTES; start += MESSAGE_BYTES) {
      for (let at = padding; at < end; at += 4) words[(start + at) >> 2] = 0;
      let offset = 0;
      for (let piece = 0; piece <= pieces; piece++) {
        const constant = constants[piece];
        for (let i = 0; i < constant.length; i++) bytes[start + offset++] = constant.charCodeAt(i);
        offset += 32;
      }
      bytes[start + length] = 0x80;
      words[(start + end - 8) >> 2] = length << 3;
    }
    for (let piece = 0, offset = 0; piece < pieces; piece++, offset += 32) {
      offset += constants[piece].length;
      words[(OFFSETS >> 2) + piece] = offset;
    }
    return blocks;
  };

  /**
   * The digests of some vertices, sorted, become the pieces from `first` on of all messages; message `lane` is about
   * labelling `examples[from + lane]`. An insertion sort whose exchanges are masks, not branches: the order is random, so
   * a processor would guess half of the branches wrong.
   */
  const setSorted = (vertices: readonly number[], first: number, from: number): void => {
    const digests = now;
    const sources = words;
    const order = unsignedWords;
    const [lanes, key] = [MD5_LANES, SLOT_ORDER];
    const start = (SOURCES >> 2) + first * lanes;
    for (let k = 0; k < vertices.length; k++) {
      const row = vertices[k] * MAX_LABELINGS;
      for (let lane = 0; lane < lanes; lane++) {
        let address = digests[row + examples[from + lane]];
        let at = start + k * lanes + lane;
        for (; at >= start + lanes; at -= lanes) {
          const before = sources[at - lanes];
          let difference = (order[(address + key) >> 2] >>> 1) - (order[(before + key) >> 2] >>> 1);
          if (difference === 0) difference = compareTails(order, address, before);
          const exchange = (address ^ before) & (difference >> 31);
          sources[at] = address ^ exchange;
          address = before ^ exchange;
        }
        sources[at] = address;
      }
    }
  };

  /**
   * Which labellings need a digest of their own for a vertex that has seen the vertices of `seen`: those that agree there
   * share one. Sets the addresses in `next` from `address` on, lists one labelling per digest in `examples`; returns how many.
   */
  const share = (
    shape: Shape,
    labels: Int32Array,
    count: number,
    vertex: number,
    seen: number,
    address: number,
  ): number => {
    const { vertices, base } = shape;
    const interior: number[] = [];
    for (let v = 1; v < vertices - 1; v++) if ((seen >>> v) & 1) interior.push(v);
    const row = vertex * MAX_LABELINGS;
    const codes = base ** interior.length;
    let slots = 0;
    if (codes >= count) {
      for (; slots < count; slots++) {
        examples[slots] = slots;
        next[row + slots] = address + slots * SLOT_BYTES;
      }
    } else {
      slotOfCode.fill(-1, 0, codes);
      for (let i = 0; i < count; i++) {
        let code = 0;
        for (let k = 0; k < interior.length; k++) code = code * base + labels[i * vertices + interior[k]];
        if (slotOfCode[code] < 0) {
          examples[slots] = i;
          slotOfCode[code] = slots++;
        }
        next[row + i] = address + slotOfCode[code] * SLOT_BYTES;
      }
    }
    // The last call may have lanes to spare; they repeat a labelling.
    examples.fill(examples[slots - 1], slots, slots + MD5_LANES - 1);
    return slots;
  };

  return {
    hash(shape, labels, count) {
      const { vertices, successors } = shape;
      const all = Array.from({ length: vertices }, (_, v) => v);
      const self = all.map((v) => [v]);
      const outNeighbors = all.map((v) => all.filter((w) => (successors[v] >>> w) & 1));
      const inNeighbors = all.map((v) => all.filter((w) => (successors[w] >>> v) & 1));
      const swap = (): void => {
        [now, next] = [next, now];
      };

      let seen = all.map((v) => 1 << v);
      for (const v of all) {
        const address = bufferAddress(v);
        const slots = share(shape, labels, count, v, seen[v], address);
        for (let slot = 0; slot < slots; slot++) {
          text.ascii(initialText(outNeighbors[v].length, inNeighbors[v].length, labels[examples[slot] * vertices + v]));
          const state = text.finish();
          const at = (address + slot * SLOT_BYTES) >> 2;
          writeHex(state, words, at);
          for (let i = 0; i < 4; i++) unsignedWords[at + HEX_WORDS + i] = bigEndian(state[i]);
        }
      }
      swap();

      for (let round = 1; round <= vertices; round++) {
        seen = all.map((v) => [...inNeighbors[v], ...outNeighbors[v]].reduce((mask, w) => mask | seen[w], seen[v]));
        for (const v of all) {
          const [ins, outs] = [inNeighbors[v], outNeighbors[v]];
          const own = ins.length + outs.length;
          const constants = Array.from({ length: own + 2 }, () => '');
          constants[ins.length] += '|';
          constants[own] += '|';
          const blocks = layOut(constants);
          const address = bufferAddress((round & 1) * MAX_PACKED_VERTICES + v);
          const slots = share(shape, labels, count, v, seen[v], address);
          for (let slot = 0; slot < slots; slot += MD5_LANES) {
            setSorted(ins, 0, slot);
            setSorted(outs, ins.length, slot);
            setSorted(self[v], own, slot);
            simd.run(own + 1, blocks, address + slot * SLOT_BYTES);
          }
        }
        swap();
      }

      const blocks = layOut([...all.map((v) => (v === 0 ? "['" : "', '")), "']"]);
      const address = bufferAddress(2 * MAX_PACKED_VERTICES);
      for (let i = 0; i < count; i++) examples[i] = i;
      examples.fill(0, count, count + MD5_LANES - 1);
      for (let i = 0; i < count; i += MD5_LANES) {
        setSorted(all, 0, i);
        simd.run(vertices, blocks, address + i * SLOT_BYTES);
      }
      for (let i = 0; i < count; i++) {
        const at = (address + i * SLOT_BYTES + SLOT_ORDER) >> 2;
        for (let word = 0; word < 4; word++) hashes[4 * i + word] = unsignedWords[at + word];
      }
      return hashes;
    },
  };
}

/** The order of two digests that agree in their first 31 bits: negative if the first comes before the second. */
function compareTails(memory: Uint32Array, a: number, b: number): number {
  for (let i = SLOT_ORDER; i < SLOT_BYTES; i += 4) {
    const x = memory[(a + i) >> 2];
    const y = memory[(b + i) >> 2];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
