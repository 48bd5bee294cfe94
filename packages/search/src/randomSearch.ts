import type { Random } from '@nasbench/foundation/random';
import { type CellSpace, randomCell } from '@nasbench/graph';
import type { Searcher } from './searcher.ts';

/** Random search of Ying et al. 2019: matrices and operations drawn uniformly from encoding A, always the full budget. */
export function randomSearch(space: CellSpace, epochs: number, random: Random): Searcher {
  return {
    ask: () => ({ cell: randomCell(random, space), epochs }),
    tell() {},
  };
}
