import { edgeBit, MAX_PACKED_VERTICES } from './packed.ts';

/**
 * Visits every vertex order that keeps the matrix upper triangular and input and output in place. `visit` gets the edges
 * of the reordered graph and the place of each vertex in it (`place[v]`, reused between calls); it returns false to stop.
 * The order as given comes first. At most 720 orders for 8 vertices, far fewer for most graphs.
 */
export function forEachOrder(
  vertices: number,
  edges: number,
  visit: (edges: number, place: Readonly<Uint8Array>) => boolean,
): void {
  const output = vertices - 1;
  const predecessors: number[] = [];
  for (let v = 0; v < vertices; v++) predecessors.push((edges >>> edgeBit(0, v)) & ((1 << v) - 1));
  const place = new Uint8Array(MAX_PACKED_VERTICES);
  place[output] = output;

  // Edges into v, once it and all its predecessors have their places.
  const column = (v: number): number => {
    let bits = 0;
    for (let x = 0; x < v; x++) if ((predecessors[v] >>> x) & 1) bits |= 1 << place[x];
    return bits << edgeBit(0, place[v]);
  };
  const fill = (next: number, placed: number, reordered: number): boolean => {
    if (next === output) return visit(reordered | column(output), place);
    for (let v = 1; v < output; v++) {
      if ((placed >>> v) & 1 || predecessors[v] & ~placed) continue;
      place[v] = next;
      if (!fill(next + 1, placed | (1 << v), reordered | column(v))) return false;
    }
    return true;
  };
  fill(1, 1, 0);
}
