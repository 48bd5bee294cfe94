import type { PackedCells } from '@nasbench/dataset';
import { hashText } from '@nasbench/graph';

/** Text is handed on in pieces of so many cells: small ones, since growing strings are what the garbage collector minds. */
const CELLS_IN_A_CHUNK = 250;

/**
 * `{"<hash>": [matrix, labels], ...}` with sorted keys, labels -1, 0, 1, 2, -2, and the separators of Python's
 * `json.dumps(buckets, sort_keys=True)`: the bytes that the reference's `generate_graphs.py` writes.
 */
export function* referenceJson(cells: PackedCells, hashes: Uint8Array): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const order = sortedByHash(cells.count, hashes);
  let text = '{';
  for (let i = 0; i < order.length; i++) {
    if (i > 0) text += ', ';
    text += `"${hashText(hashes, order[i])}": ${cellText(cells, order[i])}`;
    if (i % CELLS_IN_A_CHUNK === CELLS_IN_A_CHUNK - 1) {
      yield encoder.encode(text);
      text = '';
    }
  }
  yield encoder.encode(`${text}}`);
}

/** Rows in ascending order of their hashes. Six bytes are compared as one number; the few rows that share them as text. */
function sortedByHash(count: number, hashes: Uint8Array): Uint32Array {
  const view = new DataView(hashes.buffer, hashes.byteOffset);
  const heads = Float64Array.from(
    { length: count },
    (_, row) => view.getUint32(16 * row) * 65_536 + view.getUint16(16 * row + 4),
  );
  return Uint32Array.from({ length: count }, (_, row) => row).toSorted(
    (a, b) => heads[a] - heads[b] || (hashText(hashes, a) < hashText(hashes, b) ? -1 : 1),
  );
}

/** `[matrix, labels]`, read off the packed form: 423 624 cells are worth the trouble. */
function cellText({ vertices, edges, operations, space }: PackedCells, row: number): string {
  const v = vertices[row];
  let matrix = '';
  for (let x = 0; x < v; x++) {
    matrix += x === 0 ? '[' : '], [';
    for (let y = 0; y < v; y++) {
      const edge = x < y ? (edges[row] >>> (x + (y * (y - 1)) / 2)) & 1 : 0;
      matrix += y === 0 ? edge : `, ${edge}`;
    }
  }
  const base = space.operations.length;
  let labels = '-2';
  for (let i = 0, code = operations[row]; i < v - 2; i++, code = Math.floor(code / base))
    labels = `${code % base}, ${labels}`;
  return `[[${matrix}]], [-1, ${labels}]]`;
}
