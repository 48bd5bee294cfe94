import type { CostCounter } from '@nasbench/model';
import type { UnitList } from './units.ts';

/** By the number of a cell. */
export interface CellCosts {
  readonly trainableParameters: Float64Array;
  /** of one forward pass of one image */
  readonly multiplyAdds: Float64Array;
}

/** @throws NasbenchError for a cell that no network can be made of */
export function cellCosts(units: UnitList, count: CostCounter): CellCosts {
  const trainableParameters = new Float64Array(units.cellCount);
  const multiplyAdds = new Float64Array(units.cellCount);
  for (let row = 0; row < units.cellCount; row++) {
    const costs = count(units.cell(row));
    trainableParameters[row] = costs.trainableParameters;
    multiplyAdds[row] = costs.multiplyAdds;
  }
  return { trainableParameters, multiplyAdds };
}
