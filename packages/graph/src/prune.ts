/**
 * The vertices that lie on a path from input (vertex 0) to output (the last vertex), as a bit mask; 0 if there is no
 * such path. `successors[v]` is the mask of the vertices that v has an edge to; all of them are greater than v, so one
 * sweep in each direction reaches everything.
 */
export function keptVertices(vertices: number, successors: ArrayLike<number>): number {
  const output = vertices - 1;
  let fromInput = 1;
  for (let v = 0; v < output; v++) {
    if ((fromInput >>> v) & 1) fromInput |= successors[v];
  }
  if (((fromInput >>> output) & 1) === 0) return 0;
  let toOutput = 1 << output;
  for (let v = output - 1; v >= 0; v--) {
    if (successors[v] & toOutput) toOutput |= 1 << v;
  }
  return fromInput & toOutput;
}
