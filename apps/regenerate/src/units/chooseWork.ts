import { UsageError } from '@nasbench/foundation/errors';
import {
  assertValid,
  type Cell,
  type CellSpace,
  formatCell,
  InvalidCellError,
  moduleHash,
  NASBENCH_101,
  parseCell,
} from '@nasbench/graph';
import { createCostCounter, type NetworkPreset, type Operations } from '@nasbench/model';
import type { ImageSet } from '@nasbench/trainer';
import type { ConfigFile } from '../configFile/schema.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { allCells, cellsOfFile } from './cells.ts';
import { stratifiedSample } from './stratify.ts';

/** What a user chose of the runs to make; absent: the config file's, or the default. */
export type WorkChoice = {
  readonly config?: string | undefined;
  readonly maxVertices?: number | undefined;
  readonly maxEdges?: number | undefined;
  readonly cells?: string | undefined;
  readonly sample?: number | undefined;
  readonly epochs?: readonly number[] | undefined;
  readonly repeats?: number | undefined;
};

/** What a choice of cells is made for. */
export interface WorkBasis {
  readonly operationNames: readonly string[];
  /** budgets if none are chosen */
  readonly epochs: readonly number[];
  readonly network: NetworkPreset;
  readonly images: Pick<ImageSet, 'size' | 'channels' | 'labels'>;
  /** how the operations are built; default: those of @nasbench/model */
  readonly operations?: Operations | undefined;
}

/**
 * What the options ask for, and where they say nothing the config file.
 *
 * @throws UsageError for cells that are not of the space or come twice
 */
export async function chooseWork(options: WorkChoice, file: ConfigFile | undefined, basis: WorkBasis): Promise<Work> {
  const limited = options.maxVertices !== undefined || options.maxEdges !== undefined;
  const listed = options.cells ?? (limited ? undefined : file?.cells);
  const limits = {
    maxVertices: options.maxVertices ?? file?.space?.maxVertices,
    maxEdges: options.maxEdges ?? file?.space?.maxEdges,
  };
  const space = {
    // Listed cells are of NAS-Bench-101's size unless something else is said; a whole space of that size is not what anybody asks for by saying nothing.
    maxVertices: limits.maxVertices ?? (listed === undefined ? 4 : NASBENCH_101.maxVertices),
    maxEdges: limits.maxEdges ?? NASBENCH_101.maxEdges,
    operations: basis.operationNames,
  };
  const cells = await cellsListed(listed, space, options.config ?? '');
  const sample = options.sample ?? file?.sample;
  return createWork({
    space,
    cells: sample === undefined ? cells : sampleByCost(cells ?? allCells(space), sample, basis),
    epochs: options.epochs ?? basis.epochs,
    repeats: options.repeats ?? file?.repeats ?? 3,
  });
}

/** Every cell, or every cell of the space, with every budget, `repeats` times. */
export function createWork(chosen: {
  readonly space: CellSpace;
  /** undefined: all of the space */
  readonly cells?: readonly Cell[] | undefined;
  readonly epochs: readonly number[];
  readonly repeats: number;
}): Work {
  const { space, cells, epochs, repeats } = chosen;
  return {
    space: { maxVertices: space.maxVertices, maxEdges: space.maxEdges },
    cells: cells?.map((cell) => formatCell(cell, space)) ?? null,
    epochs: epochs.toSorted((a, b) => a - b),
    repeats,
  };
}

/** `count` cells that stand for all, by the multiply-adds of their networks. */
export function sampleByCost(
  cells: readonly Cell[],
  count: number,
  { network, images, operationNames, operations }: Omit<WorkBasis, 'epochs'>,
): Cell[] {
  const config = { ...network, imageSize: images.size, imageChannels: images.channels, labels: images.labels };
  const costs = createCostCounter(config, operations, { ...NASBENCH_101, operations: operationNames });
  return stratifiedSample(cells, count, (cell) => costs(cell).multiplyAdds);
}

async function cellsListed(
  listed: string | readonly string[] | undefined,
  space: CellSpace,
  file: string,
): Promise<Cell[] | undefined> {
  if (listed === undefined) return undefined;
  if (typeof listed === 'string') return cellsOfFile(listed, space);
  const places = new Map<string, number>();
  return listed.map((text, index) => {
    const cell = cellOfText(text, space, `${file}: cells.${index}`);
    const hash = moduleHash(cell, space);
    const other = places.get(hash);
    if (other !== undefined) throw new UsageError(`${file}: cells.${index} is the same cell as cells.${other}`);
    places.set(hash, index);
    return cell;
  });
}

function cellOfText(text: string, space: CellSpace, place: string): Cell {
  try {
    const cell = parseCell(text, space);
    assertValid(cell, space);
    return cell;
  } catch (error) {
    if (error instanceof InvalidCellError) throw new UsageError(`${place}: ${error.message}`);
    throw error;
  }
}
