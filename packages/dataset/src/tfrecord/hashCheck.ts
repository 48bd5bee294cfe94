import { type CellSpace, hashCells } from '@nasbench/graph';
import { compareHashes, HASH_BYTES } from '../hashBytes.ts';

/** Cells of a file with their recorded hashes, those of one matrix together: matrix by matrix they are hashed ten times as fast. */
export interface CellBatch {
  readonly space: CellSpace;
  /** Where each came: numbers of cells in the file, in order of appearance. */
  readonly rows: Uint32Array;
  readonly vertices: Uint8Array;
  readonly edges: Uint32Array;
  readonly operations: Uint32Array;
  /** 16 bytes a cell. */
  readonly recorded: Uint8Array;
}

/** A cell whose recorded hash is not that of its graph. */
export interface WrongHash {
  readonly row: number;
  readonly actual: Uint8Array;
}

/** Hashes cells elsewhere, many at a time, while a file is read on. */
export interface HashChecker {
  /** Cells that are worth a batch. */
  readonly batchCells: number;
  /** As {@link findWrongHash}. */
  check(batch: CellBatch): Promise<WrongHash | undefined>;
}

/** Compiling the code that hashes side by side takes longer than hashing fewer cells one by one. */
const SIMD_ROWS = 500;

/** Computes the hashes of a batch and gives the cell that came first among those with another hash, if there is one. */
export function findWrongHash({ space, rows, recorded, ...graphs }: CellBatch): WrongHash | undefined {
  const count = rows.length;
  const hashes = hashCells(
    { space, count, ...graphs, labeledGraphs: count, byVertices: [] },
    { simd: count >= SIMD_ROWS },
  );
  let wrong: number | undefined;
  for (let i = 0; i < count; i++) {
    if (compareHashes(hashes, i, recorded, i) === 0) continue;
    if (wrong === undefined || rows[i] < rows[wrong]) wrong = i;
  }
  if (wrong === undefined) return undefined;
  return { row: rows[wrong], actual: hashes.slice(wrong * HASH_BYTES, (wrong + 1) * HASH_BYTES) };
}
