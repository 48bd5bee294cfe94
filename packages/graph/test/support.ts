import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import {
  type Cell,
  type CellGraph,
  cellFromMatrix,
  INPUT,
  InvalidCellError,
  type Matrix,
  NASBENCH_101,
  OUTPUT,
  parseCell,
} from '../src/index.ts';

/** Same cases on every run. */
export const SEEDED = { seed: 101 };

export const INCEPTION_LIKE = parseCell(
  '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3',
);
export const BEST_CELL = parseCell(
  '0110011/0000010/0001000/0000100/0000010/0000001/0000000:conv1x1,conv3x3,maxpool3x3,conv3x3,conv3x3',
);
export const INVALID = parseCell('0110/0000/0000/0000:conv3x3,conv3x3');

export function shared(file: string): { path: string; present: boolean } {
  const root = process.env.NASBENCH_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
  const path = `${root}/data/${file}`;
  return { path, present: existsSync(path) };
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** SPEC 1.1 word by word, on strings, with the platform's md5. */
export function slowHash(
  { matrix, operations }: CellGraph,
  names: readonly string[] = NASBENCH_101.operations,
): string {
  const last = matrix.length - 1;
  const label = (v: number): number => (v === 0 ? -1 : v === last ? -2 : names.indexOf(operations[v]));
  const column = (v: number): number[] => matrix.map((row) => row[v]);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  let hashes = matrix.map((row, v) => md5(`(${sum(row)}, ${sum(column(v))}, ${label(v)})`));
  const joined = (flags: readonly number[]): string =>
    hashes
      .filter((_, w) => flags[w] === 1)
      .toSorted()
      .join('');
  for (let round = 0; round < matrix.length; round++) {
    hashes = hashes.map((own, v) => md5(`${joined(column(v))}|${joined(matrix[v])}|${own}`));
  }
  return md5(
    `[${hashes
      .toSorted()
      .map((hash) => `'${hash}'`)
      .join(', ')}]`,
  );
}

/** All orders of 0 .. n-1. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

/** Moves vertex v to place[v]; undefined if an edge would then lead backwards. */
export function reorder(graph: CellGraph, place: readonly number[]): CellGraph | undefined {
  const size = graph.matrix.length;
  const matrix = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  const operations = Array.from({ length: size }, () => '');
  for (let x = 0; x < size; x++) {
    operations[place[x]] = graph.operations[x];
    for (let y = 0; y < size; y++) {
      if (graph.matrix[x][y] === 0) continue;
      if (place[x] >= place[y]) return undefined;
      matrix[place[x]][place[y]] = 1;
    }
  }
  return { matrix, operations };
}

/** All graphs that a graph becomes under vertex orders that keep input, output and the upper triangle. */
export function arrangements(graph: CellGraph): CellGraph[] {
  const size = graph.matrix.length;
  return permutations(size - 2).flatMap((order) => {
    const moved = reorder(graph, [0, ...order.map((place) => place + 1), size - 1]);
    return moved === undefined ? [] : [moved];
  });
}

/** Arbitrary cells of 2 .. maxVertices vertices, disconnected ones and dangling vertices included. */
export function anyCell(maxVertices = 7, names: readonly string[] = NASBENCH_101.operations): fc.Arbitrary<Cell> {
  return fc.integer({ min: 2, max: maxVertices }).chain((size) => cellOfSize(size, names));
}

export function cellOfSize(size: number, names: readonly string[] = NASBENCH_101.operations): fc.Arbitrary<Cell> {
  const pairs = (size * (size - 1)) / 2;
  return fc
    .tuple(
      fc.array(fc.constantFrom(0, 1), { minLength: pairs, maxLength: pairs }),
      fc.array(fc.constantFrom(...names), { minLength: size - 2, maxLength: size - 2 }),
    )
    .map(([bits, interior]) => cellFromMatrix(upperTriangle(size, bits), [INPUT, ...interior, OUTPUT]));
}

/** The error of an action that must fail with InvalidCellError. */
export function refusal(action: () => unknown): InvalidCellError {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidCellError) return error;
    throw error;
  }
  throw new Error('accepted');
}

/** A pruned graph of 2 .. maxVertices vertices. */
export function prunedGraph(
  maxVertices = 7,
  names: readonly string[] = NASBENCH_101.operations,
): fc.Arbitrary<CellGraph> {
  return anyCell(maxVertices, names)
    .map((cell) => cell.pruned)
    .filter((graph) => graph !== undefined);
}

export function connectedCell(maxVertices = 7, names: readonly string[] = NASBENCH_101.operations): fc.Arbitrary<Cell> {
  return anyCell(maxVertices, names).filter((cell) => cell.pruned !== undefined);
}

function upperTriangle(size: number, rowMajorBits: readonly number[]): Matrix {
  let next = 0;
  return Array.from({ length: size }, (_, x) =>
    Array.from({ length: size }, (__, y) => (y > x ? rowMajorBits[next++] : 0)),
  );
}
