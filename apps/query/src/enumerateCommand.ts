import type { Command } from '@commander-js/extra-typings';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import { type CellEnumeration, enumerateCells, hashCells, NASBENCH_101 } from '@nasbench/graph';
import { commandContext, example, formatNumber, formatTable, JSON_OPTION, positiveInteger } from '@nasbench/terminal';
import { referenceJson } from './referenceJson.ts';

/** `nasbench enumerate`: all unique cells of a space, as the reference's `generate_graphs.py` finds them. */
export function addEnumerateCommand(program: Command): void {
  program
    .command('enumerate')
    .description('find every unique cell of a space')
    .option('--max-vertices <n>', 'input and output included', positiveInteger, NASBENCH_101.maxVertices)
    .option('--max-edges <n>', 'at most so many edges', positiveInteger, NASBENCH_101.maxEdges)
    .option('--out <file>', "cells.json in the reference's own format, any other name as an Arrow file")
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench enumerate --max-vertices 6', 'nasbench enumerate --out cells.json'))
    .action(async ({ maxVertices, maxEdges, out, force = false, json }) => {
      const context = commandContext({ json });
      if (out !== undefined) await assertWritable(out, { force });
      const space = { ...NASBENCH_101, maxVertices, maxEdges };
      const started = performance.now();
      const bar = context.progress('enumerating', 1);
      const cells = enumerateCells(space, { onProgress: (done, total) => bar.update(done / total, 'matrices') });
      const hashes = hashCells(cells);
      const seconds = (performance.now() - started) / 1000;
      bar.stop();
      if (out !== undefined) {
        const data = /\.json$/i.test(out) ? referenceJson(cells, hashes) : await arrowFile(cells, hashes);
        await writeFileAtomically(out, data, { force });
      }
      context.result(
        { cells: cells.count, labeledGraphs: cells.labeledGraphs, byVertices: cells.byVertices, seconds },
        describe(cells, seconds, out),
      );
    });
}

function describe(
  { count, labeledGraphs, byVertices }: CellEnumeration,
  seconds: number,
  out: string | undefined,
): string {
  const rows = byVertices.map((cumulative, i) => [i + 2, formatNumber(cumulative)]);
  return [
    formatTable([['up to vertices', 'unique cells'], ...rows]),
    `${formatNumber(count)} unique cells among ${formatNumber(labeledGraphs)} labeled graphs, hashed in ${seconds.toFixed(2)} s`,
    ...(out === undefined ? [] : [`written to ${out}`]),
  ].join('\n');
}

/** Apache Arrow is loaded only if it is asked for. */
async function arrowFile(cells: CellEnumeration, hashes: Uint8Array): Promise<Uint8Array> {
  const { cellsArrow } = await import('./cellsArrow.ts');
  return cellsArrow(cells, hashes);
}
