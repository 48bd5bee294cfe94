/** Matrices as edge masks: bit x + y(y-1)/2 is the edge x -> y; the edges into y are a run of y bits, its column. */

/** The number of edge bits before the column of vertex y; with y = vertices, of all. */
export const columnStart = (y: number): number => (y * (y - 1)) >> 1;

/** The vertices that have an edge to y, as a mask. */
const predecessorsOf = (edges: number, y: number): number => (edges >>> columnStart(y)) & ((1 << y) - 1);

export function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The vertices that pruning keeps, as a mask; 0 if no path leads from input to output. */
export function keptVertices(vertices: number, edges: number): number {
  const output = vertices - 1;
  let reached = 1;
  for (let y = 1; y <= output; y++) if (predecessorsOf(edges, y) & reached) reached |= 1 << y;
  if (((reached >>> output) & 1) === 0) return 0;
  let used = 1 << output;
  for (let y = output; y > 0; y--) if ((used >>> y) & 1) used |= predecessorsOf(edges, y);
  return reached & used;
}

/** The matrix among the kept vertices alone. */
export function keepOnly(vertices: number, edges: number, kept: number): number {
  let result = 0;
  let place = 0;
  for (let y = 0; y < vertices; y++) {
    if (((kept >>> y) & 1) === 0) continue;
    let bit = columnStart(place);
    for (let x = 0; x < y; x++) {
      if (((kept >>> x) & 1) === 0) continue;
      result |= ((edges >>> (x + columnStart(y))) & 1) << bit++;
    }
    place++;
  }
  return result;
}

/** A matrix after its vertices were put in another order, and where vertex v went: `places[v]`. */
export interface Arrangement {
  readonly edges: number;
  readonly places: Uint8Array;
}

/** All orders of the vertices that keep the matrix upper triangular and input and output in place. */
export function arrangements(vertices: number, edges: number): Arrangement[] {
  const found: Arrangement[] = [];
  const output = vertices - 1;
  const places = new Uint8Array(vertices);
  places[output] = output;
  const placeNext = (next: number, placed: number): void => {
    if (next === output) {
      found.push({ edges: reorder(vertices, edges, places), places: places.slice() });
      return;
    }
    for (let v = 1; v < output; v++) {
      if ((placed >>> v) & 1 || predecessorsOf(edges, v) & ~placed) continue;
      places[v] = next;
      placeNext(next + 1, placed | (1 << v));
    }
  };
  placeNext(1, 1);
  return found;
}

function reorder(vertices: number, edges: number, places: Uint8Array): number {
  let result = 0;
  for (let y = 1; y < vertices; y++) {
    for (let x = 0; x < y; x++) {
      if ((edges >>> (x + columnStart(y))) & 1) result |= 1 << (places[x] + columnStart(places[y]));
    }
  }
  return result;
}
