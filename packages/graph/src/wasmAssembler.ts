// Just enough of a WebAssembly assembler for one SIMD function. Code is bytes in postfix order, nested as expressions are
// composed and flattened at the end.

export type Bytes = readonly number[];
export type Code = readonly (number | Code)[];

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;

/** LEB128, unsigned. */
function unsigned(value: number): Bytes {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** LEB128, signed. */
function signed(value: number): Bytes {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
/** Sets a local and leaves its value as the expression's. */
export const tee = (local: number, value: Code): Code => [value, 0x22, unsigned(local)];
/** do body while (condition is not 0) */
export const repeatWhile = (body: Code, condition: Code): Code => [0x03, NO_RESULT, body, condition, 0x0d, 0, 0x0b];

/** 32-bit integers. */
export const i32 = {
  constant: (value: number): Code => [0x41, signed(value)],
  add: (a: Code, b: Code): Code => [a, b, 0x6a],
  subtract: (a: Code, b: Code): Code => [a, b, 0x6b],
  shiftLeft: (a: Code, bits: number): Code => [a, i32.constant(bits), 0x74],
  load: (address: Code, offset: number): Code => [address, 0x28, 0, unsigned(offset)],
};

/** Vectors of 16 bytes; `add` and the shifts work on their four 32-bit lanes. */
export const v128 = {
  load: (address: Code, offset: number): Code => [address, simd(0x00), 0, unsigned(offset)],
  /** The word at an address in all four lanes. */
  loadSplat: (address: Code, offset: number): Code => [address, simd(0x09), 0, unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [address, value, simd(0x0b), 0, unsigned(offset)],
  constant: (bytes: Bytes): Code => [simd(0x0c), bytes],
  /** Picks bytes 0 .. 15 from a and 16 .. 31 from b. */
  shuffle: (a: Code, b: Code, bytes: Bytes): Code => [a, b, simd(0x0d), bytes],
  /** table[index] for each byte of `indices`. */
  lookUp: (table: Code, indices: Code): Code => [table, indices, simd(0x0e)],
  not: (a: Code): Code => [a, simd(0x4d)],
  and: (a: Code, b: Code): Code => [a, b, simd(0x4e)],
  /** a & ~b */
  andNot: (a: Code, b: Code): Code => [a, b, simd(0x4f)],
  or: (a: Code, b: Code): Code => [a, b, simd(0x50)],
  xor: (a: Code, b: Code): Code => [a, b, simd(0x51)],
  shiftLeft: (a: Code, bits: number): Code => [a, i32.constant(bits), simd(0xab)],
  shiftRight: (a: Code, bits: number): Code => [a, i32.constant(bits), simd(0xad)],
  add: (a: Code, b: Code): Code => [a, b, simd(0xae)],
};

/** \0asm, version 1. */
const MAGIC: Bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/**
 * A module that imports the memory `m.m` and exports one function `run` of integer parameters without result. Its locals
 * are numbered: parameters, then integers, then vectors.
 */
export function assembleModule(
  locals: { readonly parameters: number; readonly integers: number; readonly vectors: number },
  body: Code,
): Uint8Array<ArrayBuffer> {
  const { parameters, integers, vectors } = locals;
  const sized = (content: Code): Code => {
    const bytes = flatten(content);
    return [unsigned(bytes.length), bytes];
  };
  const section = (id: number, content: Code): Code => [id, sized(content)];
  const name = (text: string): Code => sized(Array.from(text, (character) => character.charCodeAt(0)));
  const types = Array.from({ length: parameters }, () => I32);
  const localTypes = [2, unsigned(integers), I32, unsigned(vectors), V128];
  return Uint8Array.from(
    flatten([
      MAGIC,
      section(1, [1, 0x60, parameters, types, 0]), // the one function type
      section(2, [1, name('m'), name('m'), 2, 0, 1]), // the imported memory, at least one page
      section(3, [1, 0]), // one function, of type 0
      section(7, [1, name('run'), 0, 0]), // exported
      section(10, [1, sized([localTypes, body, 0x0b])]),
    ]),
  );
}

function flatten(code: Code, bytes: number[] = []): number[] {
  for (const item of code) {
    if (typeof item === 'number') bytes.push(item);
    else flatten(item, bytes);
  }
  return bytes;
}
