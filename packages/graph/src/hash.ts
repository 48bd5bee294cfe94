import { bitCount } from './bits.ts';
import type { Cell } from './cell.ts';
import { bigEndian, digestText, HEX_WORDS, Md5Text, writeHex } from './md5Text.ts';
import { edgeBit, MAX_PACKED_VERTICES } from './packed.ts';
import { type CellSpace, MAX_MATRIX_VERTICES, NASBENCH_101 } from './space.ts';
import { operationIndex, prunedGraph } from './validity.ts';

/** Labels of input and output in module hashes (reference `model_spec.py`). */
export const INPUT_LABEL = -1;
export const OUTPUT_LABEL = -2;

/**
 * The official module hash of the pruned cell, 32 hexadecimal digits: equal for isomorphic cells, and different for any
 * two others of the NAS-Bench-101 space. Equals `ModelSpec.hash_spec` of the reference bit for bit. The limits of the
 * space are not checked; its list of operations decides the labels. Takes some microseconds, less for a recent cell.
 *
 * @throws InvalidCellError if the output cannot be reached from the input or an operation is not in the space.
 */
export function moduleHash(cell: Cell, space: CellSpace = NASBENCH_101): string {
  const { matrix, operations } = prunedGraph(cell);
  const vertices = matrix.length;
  const last = vertices - 1;
  for (let v = 0; v < vertices; v++) {
    givenLabels[v] = v === 0 ? INPUT_LABEL : v === last ? OUTPUT_LABEL : operationIndex(operations[v], space);
    const row = matrix[v];
    let mask = 0;
    for (let w = v + 1; w < vertices; w++) mask |= row[w] << w;
    givenSuccessors[v] = mask;
  }
  const key = memoKey(vertices);
  if (key < 0) return digestText(hashGraph(vertices, givenSuccessors, givenLabels));
  let hash = recent.get(key);
  if (hash === undefined) {
    hash = digestText(hashGraph(vertices, givenSuccessors, givenLabels));
    if (recent.size >= RECENT_LIMIT) recent.clear();
    recent.set(key, hash);
  }
  return hash;
}

// Search algorithms come back to the same cells again and again. About 4 MB when full.
const recent = new Map<number, string>();
const RECENT_LIMIT = 1 << 15;

/** The graph in `givenSuccessors` and `givenLabels` as one number, or -1 if it does not fit: 28 bits of edges, 3 per label. */
function memoKey(vertices: number): number {
  if (vertices > MAX_PACKED_VERTICES) return -1;
  let edges = 0;
  let code = 0;
  for (let v = 1; v < vertices; v++) {
    for (let w = 0; w < v; w++) edges |= ((givenSuccessors[w] >>> v) & 1) << edgeBit(w, v);
    if (givenLabels[v] > 7) return -1;
    code = (code << 3) | (givenLabels[v] & 7);
  }
  return (code * 2 ** 28 + edges) * 16 + vertices;
}

const givenSuccessors = new Int32Array(MAX_MATRIX_VERTICES);
const givenLabels = new Int32Array(MAX_MATRIX_VERTICES);
const text = new Md5Text(36 * MAX_MATRIX_VERTICES);

/** The digest of every vertex, as text and as big-endian words to sort by; one is read while the other is written. */
interface Digests {
  readonly hex: Int32Array;
  readonly order: Uint32Array;
}
const newDigests = (): Digests => ({
  hex: new Int32Array(MAX_MATRIX_VERTICES * HEX_WORDS),
  order: new Uint32Array(MAX_MATRIX_VERTICES * 4),
});
const buffers = [newDigests(), newDigests()] as const;

/** Vertices in the order of their digests. */
const sorted = new Int32Array(MAX_MATRIX_VERTICES);

const SEPARATOR = 0x7c; // |

/** The md5 state of a graph's module hash (reference `graph_util.hash_module`); valid until the next call. */
export function hashGraph(vertices: number, successors: ArrayLike<number>, labels: ArrayLike<number>): Int32Array {
  let [now, next] = buffers;
  const predecessors: number[] = [];
  for (let v = 0; v < vertices; v++) {
    let mask = 0;
    for (let w = 0; w < v; w++) mask |= ((successors[w] >>> v) & 1) << w;
    predecessors.push(mask);
    storeInitial(bitCount(successors[v]), bitCount(mask), labels[v], now, v);
  }
  for (let round = 0; round < vertices; round++) {
    for (let v = 0; v < vertices; v++) {
      appendSorted(predecessors[v], now);
      text.byte(SEPARATOR);
      appendSorted(successors[v], now);
      text.byte(SEPARATOR);
      text.digest(now.hex, v * HEX_WORDS);
      store(text.finish(), next, v);
    }
    [now, next] = [next, now];
  }
  const count = sort(-1 >>> (32 - vertices), now);
  for (let i = 0; i < count; i++) {
    text.ascii(i === 0 ? "['" : "', '");
    text.digest(now.hex, sorted[i] * HEX_WORDS);
  }
  text.ascii("']");
  return text.finish();
}

function appendSorted(vertexSet: number, digests: Digests): void {
  const count = sort(vertexSet, digests);
  for (let i = 0; i < count; i++) text.digest(digests.hex, sorted[i] * HEX_WORDS);
}

/** Lists the vertices of a set in `sorted`; returns how many. */
function sort(vertexSet: number, { order }: Digests): number {
  let count = 0;
  for (let rest = vertexSet; rest !== 0; rest &= rest - 1) {
    const vertex = 31 - Math.clz32(rest & -rest);
    let i = count++;
    while (i > 0 && isBefore(order, vertex, sorted[i - 1])) {
      sorted[i] = sorted[i - 1];
      i--;
    }
    sorted[i] = vertex;
  }
  return count;
}

function isBefore(order: Uint32Array, v: number, w: number): boolean {
  for (let i = 0; i < 4; i++) {
    const a = order[v * 4 + i];
    const b = order[w * 4 + i];
    if (a !== b) return a < b;
  }
  return false;
}

function store(state: Int32Array, digests: Digests, vertex: number): void {
  writeHex(state, digests.hex, vertex * HEX_WORDS);
  for (let i = 0; i < 4; i++) digests.order[vertex * 4 + i] = bigEndian(state[i]);
}

// There are 40 different ones in the whole space of NAS-Bench-101.
const initialStates = new Map<number, Int32Array>();

function storeInitial(outDegree: number, inDegree: number, label: number, digests: Digests, vertex: number): void {
  const key = ((label + 2) * MAX_MATRIX_VERTICES + inDegree) * MAX_MATRIX_VERTICES + outDegree;
  let state = initialStates.get(key);
  if (state === undefined) {
    text.ascii(initialText(outDegree, inDegree, label));
    state = text.finish().slice();
    if (initialStates.size >= INITIAL_LIMIT) initialStates.clear();
    initialStates.set(key, state);
  }
  store(state, digests, vertex);
}
const INITIAL_LIMIT = 4096;

/** What a vertex's digest starts from: Python's text of a tuple. */
export function initialText(outDegree: number, inDegree: number, label: number): string {
  return `(${outDegree}, ${inDegree}, ${label})`;
}
