import { CellIndex } from './cellIndex.ts';
import { type PackedCells, writeDigits } from './packedCells.ts';
import { checkSameRows, type Values } from './values.ts';

/** What happens on average if one operation of a cell is replaced by another. */
export interface OperationEffect {
  /** Operations by name. */
  readonly from: string;
  readonly to: string;
  /** The number of replacements that the means run over. */
  readonly replacements: number;
  /** Mean of accuracy after minus accuracy before, in the column's unit: negative if `to` is worse. */
  readonly accuracyChange: number;
  /** Mean of (time after - time before) / time before, a fraction: negative if `to` is faster. */
  readonly relativeTimeChange: number;
}

/**
 * The mean effect of replacing one operation by another with the matrix fixed: figure 4 of the paper (3x3 convolution to
 * 1x1: -1.16 % accuracy, -14.11 % time; 3x3 to pool: -1.99, -9.84; 1x1 to pool: -0.81, +5.04). A replacement is a row, one of its
 * vertices with the operation `from`, and the row of the cell that has `to` there; all replacements have equal weight. Those
 * whose result is not in the table or that lack a value are left out. The two directions of a pair have accuracy changes of
 * nearly the same size, not exactly: vertices that a symmetry exchanges count one by one.
 *
 * Every ordered pair of operations of the space, in its order; means of nothing are NaN. O(n), less than a second for all
 * 423 624 cells.
 *
 * @throws UsageError for columns of different lengths, or if two rows hold the same cell.
 */
export function operationEffects(
  cells: PackedCells,
  columns: { readonly accuracy: Values; readonly time: Values },
): OperationEffect[] {
  const { accuracy, time } = columns;
  checkSameRows(cells.vertices, accuracy);
  checkSameRows(cells.vertices, time);
  const { operations: names } = cells.space;
  const base = names.length;
  const replacements = new Float64Array(base * base);
  const accuracySums = new Float64Array(base * base);
  const timeSums = new Float64Array(base * base);
  const index = new CellIndex(cells);
  const digits = new Uint8Array(cells.space.maxVertices);
  for (let row = 0; row < cells.count; row++) {
    const interior = cells.vertices[row] - 2;
    const reduction = index.reduce(cells.vertices[row], cells.edges[row]);
    if (reduction === undefined) continue;
    writeDigits(digits, cells.operations[row], interior, base);
    for (let i = 0; i < interior; i++) {
      const from = digits[i];
      for (let to = 0; to < base; to++) {
        digits[i] = to;
        const other = to === from ? -1 : index.find(reduction, digits);
        if (other === -1) continue;
        const accuracyChange = accuracy[other] - accuracy[row];
        const timeChange = (time[other] - time[row]) / time[row];
        if (Number.isNaN(accuracyChange) || Number.isNaN(timeChange)) continue;
        replacements[from * base + to]++;
        accuracySums[from * base + to] += accuracyChange;
        timeSums[from * base + to] += timeChange;
      }
      digits[i] = from;
    }
  }
  return names.flatMap((from, i) =>
    names.flatMap((to, j) => {
      const pair = i * base + j;
      if (i === j) return [];
      return {
        from,
        to,
        replacements: replacements[pair],
        accuracyChange: accuracySums[pair] / replacements[pair],
        relativeTimeChange: timeSums[pair] / replacements[pair],
      };
    }),
  );
}
