import { UsageError } from '@nasbench/foundation/errors';
import type { CellEnumeration, OnProgress } from './enumerate.ts';
import { quote } from './errors.ts';
import { hashGraph, INPUT_LABEL, OUTPUT_LABEL } from './hash.ts';
import { bigEndian } from './md5Text.ts';
import { edgeBit, MAX_PACKED_VERTICES } from './packed.ts';
import { createShapeHasher, MAX_LABELINGS } from './shapeHasher.ts';

const HASH_BYTES = 16;

/**
 * The module hashes of all cells of an enumeration, in its order, 16 bytes each. Cells of one matrix are hashed side by
 * side in WebAssembly SIMD where it is available, else one by one: about 2 s or 10 s for the 423 624 cells of
 * NAS-Bench-101, with the same result.
 *
 * @param options.simd false: one by one in any case. Default true.
 * @param options.onProgress gets the number of cells hashed and of all cells.
 */
export function hashCells(
  enumeration: CellEnumeration,
  options: { readonly onProgress?: OnProgress | undefined; readonly simd?: boolean | undefined } = {},
): Uint8Array {
  const { count, space } = enumeration;
  const hashes = new Uint8Array(count * HASH_BYTES);
  const view = new DataView(hashes.buffer);
  const hasher = options.simd === false ? undefined : createShapeHasher();
  const base = space.operations.length;
  const labels = new Int32Array(MAX_LABELINGS * MAX_PACKED_VERTICES);

  for (let start = 0; start < count; ) {
    const end = endOfShape(enumeration, start);
    const vertices = enumeration.vertices[start];
    const successors = successorMasks(vertices, enumeration.edges[start]);
    for (let cell = start; cell < end; cell++) {
      writeLabels(enumeration.operations[cell], base, vertices, labels, (cell - start) * vertices);
    }
    const words = hasher?.hash({ vertices, successors, base }, labels, end - start);
    for (let cell = start; cell < end; cell++) {
      const i = cell - start;
      if (words) for (let k = 0; k < 4; k++) view.setUint32(cell * HASH_BYTES + 4 * k, words[4 * i + k]);
      else {
        const state = hashGraph(vertices, successors, labels.subarray(i * vertices, (i + 1) * vertices));
        for (let k = 0; k < 4; k++) view.setUint32(cell * HASH_BYTES + 4 * k, bigEndian(state[k]));
      }
    }
    start = end;
    options.onProgress?.(start, count);
  }
  return hashes;
}

/** The hash of cell `index` as 32 hexadecimal digits, from what {@link hashCells} returned. */
export function hashText(hashes: Uint8Array, index: number): string {
  if (!Number.isInteger(index) || index < 0 || index * HASH_BYTES >= hashes.length) {
    throw new UsageError(`index must be an integer of 0 to ${hashes.length / HASH_BYTES - 1}, got ${quote(index)}`);
  }
  let text = '';
  for (let i = index * HASH_BYTES; i < (index + 1) * HASH_BYTES; i++) text += hashes[i].toString(16).padStart(2, '0');
  return text;
}

/** Cells from `start` on that share their matrix, no more than are hashed at once. */
function endOfShape({ count, vertices, edges }: CellEnumeration, start: number): number {
  let end = start + 1;
  const limit = Math.min(count, start + MAX_LABELINGS);
  while (end < limit && edges[end] === edges[start] && vertices[end] === vertices[start]) end++;
  return end;
}

function successorMasks(vertices: number, edges: number): number[] {
  return Array.from({ length: vertices }, (_, x) => {
    let mask = 0;
    for (let y = x + 1; y < vertices; y++) mask |= ((edges >>> edgeBit(x, y)) & 1) << y;
    return mask;
  });
}

function writeLabels(operations: number, base: number, vertices: number, labels: Int32Array, at: number): void {
  labels[at] = INPUT_LABEL;
  labels[at + vertices - 1] = OUTPUT_LABEL;
  let code = operations;
  for (let v = vertices - 2; v >= 1; v--) {
    labels[at + v] = code % base;
    code = Math.floor(code / base);
  }
}
