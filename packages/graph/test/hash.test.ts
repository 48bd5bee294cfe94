import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellFromMatrix, InvalidCellError, moduleHash, NASBENCH_101 } from '../src/index.ts';
import { md5 as md5State } from '../src/md5.ts';
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
} from '../src/md5Simd.ts';
import { digestText, Md5Text, writeHex } from '../src/md5Text.ts';
import { arrangements, BEST_CELL, INCEPTION_LIKE, INVALID, md5, prunedGraph, SEEDED, slowHash } from './support.ts';

describe('module hash', () => {
  test('of the Inception-like cell, in any vertex order', () => {
    const orders = arrangements(INCEPTION_LIKE.original);
    expect(orders).toHaveLength(60);
    const hashes = orders.map((graph) => moduleHash(cellFromMatrix(graph.matrix, graph.operations)));
    expect(new Set(hashes)).toEqual(new Set(['28cfc7874f6d200472e1a9dcd8650aa0']));
  });

  test('of the best cell', () => {
    expect(moduleHash(BEST_CELL)).toBe('02e5a0247bbdcf2860b7e96f74961594');
  });

  test('equals the direct reading of the definition', () => {
    fc.assert(
      fc.property(prunedGraph(10), (graph) => {
        expect(moduleHash(cellFromMatrix(graph.matrix, graph.operations))).toBe(slowHash(graph));
      }),
      { ...SEEDED, numRuns: 400 },
    );
  });

  test('labels are places in the list of operations', () => {
    const operations = Array.from({ length: 12 }, (_, i) => `op${i}`);
    const space = { maxVertices: 6, maxEdges: 15, operations };
    fc.assert(
      fc.property(prunedGraph(6, operations), (graph) => {
        expect(moduleHash(cellFromMatrix(graph.matrix, graph.operations), space)).toBe(slowHash(graph, operations));
      }),
      { ...SEEDED, numRuns: 200 },
    );
    const reversed = { ...NASBENCH_101, operations: NASBENCH_101.operations.toReversed() };
    expect(moduleHash(BEST_CELL, reversed)).not.toBe(moduleHash(BEST_CELL));
  });

  test('of 32 fully connected vertices', () => {
    const size = 32;
    const matrix = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (__, y) => Number(x < y)));
    const operations = [
      'input',
      ...Array.from({ length: size - 2 }, (_, i) => NASBENCH_101.operations[i % 3]),
      'output',
    ];
    expect(moduleHash(cellFromMatrix(matrix, operations))).toBe(slowHash({ matrix, operations }));
  });

  test('stays right when more cells come by than are remembered', () => {
    const operations = Array.from({ length: 8 }, (_, i) => `op${i}`);
    const space = { maxVertices: 7, maxEdges: 9, operations };
    const chain = Array.from({ length: 7 }, (_, x) => Array.from({ length: 7 }, (__, y) => Number(y === x + 1)));
    const cellOf = (code: number) =>
      cellFromMatrix(chain, ['input', ...[0, 3, 6, 9, 12].map((shift) => operations[(code >> shift) & 7]), 'output']);
    const first = moduleHash(cellOf(0), space);
    const hashes = new Set(Array.from({ length: 8 ** 5 + 1 }, (_, code) => moduleHash(cellOf(code & 0x7fff), space)));
    expect(hashes.size).toBe(8 ** 5);
    expect(moduleHash(cellOf(0), space)).toBe(first);
  });

  test('needs a connected cell and known operations', () => {
    expect(() => moduleHash(INVALID)).toThrow(InvalidCellError);
    const cell = cellFromMatrix(
      [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
      ],
      ['input', 'conv7x7', 'output'],
    );
    expect(() => moduleHash(cell)).toThrow('unknown operation "conv7x7"');
  });
});

describe('md5', () => {
  test('of texts of every length around the borders of blocks', () => {
    for (let length = 0; length < 200; length++) {
      const text = new Md5Text(200);
      text.ascii('a'.repeat(length));
      expect(digestText(text.finish())).toBe(md5('a'.repeat(length)));
    }
  });

  test('of digests at every alignment, with a writer used again and again', () => {
    const text = new Md5Text(400);
    const hex = new Int32Array(8);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.stringMatching(/^[ -~]{0,5}$/), fc.constant(undefined)), { maxLength: 10 }),
        (parts) => {
          let expected = '';
          for (const part of parts) {
            if (part === undefined) {
              const digest = md5(expected);
              const bytes = Buffer.from(digest, 'hex');
              writeHex(
                Int32Array.of(0, 4, 8, 12).map((at) => bytes.readInt32LE(at)),
                hex,
                0,
              );
              text.digest(hex, 0);
              expected += digest;
            } else {
              text.ascii(part);
              expected += part;
            }
          }
          expect(digestText(text.finish())).toBe(md5(expected));
        },
      ),
      SEEDED,
    );
  });

  test('of known words', () => {
    const words = new Int32Array(16);
    words[0] = 0x80;
    const state = new Int32Array(4);
    md5State(words, 1, state);
    expect(digestText(state)).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });

  test('side by side equals one by one', () => {
    const simd = createMd5Simd(64);
    if (simd === undefined) throw new Error('WebAssembly SIMD should work here');
    const bytes = new Uint8Array(simd.memory);
    const words = new Int32Array(simd.memory);
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const pieces = 3;
    const digest = (piece: number, lane: number): string => md5(`${piece},${lane}`);
    const offsets = [1, 34, 66];
    const length = 98;
    for (let lane = 0; lane < MD5_LANES; lane++) {
      for (let piece = 0; piece < pieces; piece++) {
        const slot = SLOTS + (piece * MD5_LANES + lane) * SLOT_BYTES;
        bytes.set(encode(digest(piece, lane)), slot);
        words[SOURCES / 4 + piece * MD5_LANES + lane] = slot;
        words[OFFSETS / 4 + piece] = offsets[piece];
      }
      const message = MESSAGES + lane * MESSAGE_BYTES;
      bytes[message] = 0x5b;
      bytes[message + 33] = 0x7c;
      bytes[message + length] = 0x80;
      words[message / 4 + 30] = length * 8;
    }
    const out = SLOTS + 48 * SLOT_BYTES;
    simd.run(pieces, 2, out);
    for (let lane = 0; lane < MD5_LANES; lane++) {
      const expected = md5(`[${digest(0, lane)}|${digest(1, lane)}${digest(2, lane)}`);
      const slot = out + lane * SLOT_BYTES;
      expect(new TextDecoder().decode(bytes.subarray(slot, slot + 32))).toBe(expected);
      expect(new Uint32Array(simd.memory)[(slot + SLOT_ORDER) / 4]).toBe(Number.parseInt(expected.slice(0, 8), 16));
    }
  });
});
