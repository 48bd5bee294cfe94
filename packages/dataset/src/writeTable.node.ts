import { writeFileAtomically } from '@nasbench/foundation/files';
import { encodeTableInPieces } from './encodeTable.ts';
import type { BenchmarkTable } from './table.ts';

/**
 * Writes a table as an Arrow file: under a temporary name first, so that a half-written file never has the final one.
 * Refuses an existing file unless `force`.
 */
export async function writeTable(
  path: string,
  table: BenchmarkTable,
  options: { readonly force?: boolean } = {},
): Promise<void> {
  await writeFileAtomically(path, encodeTableInPieces(table), options);
}
