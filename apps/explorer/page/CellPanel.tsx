import type { NASBench } from '@nasbench/dataset';
import { NasbenchError } from '@nasbench/foundation/errors';
import { assertValid, type Cell, moduleHash, parseCell } from '@nasbench/graph';
import { PAPER_NETWORK, planNetwork } from '@nasbench/model';
import { drawCell } from '@nasbench/viz';

/** Drawing, hash, parameters and table values of the cell in `text`, or what is wrong with it. */
export function CellPanel({ text, bench }: { readonly text: string; readonly bench: NASBench | undefined }) {
  const cell = readCell(text);
  if (typeof cell === 'string') return <p role="alert">{cell}</p>;
  const { trainableParameters } = planNetwork(cell, PAPER_NETWORK);
  return (
    <section class="cell" aria-label="cell">
      {/* drawCell escapes every text that it is given */}
      <div class="drawing" dangerouslySetInnerHTML={{ __html: drawCell(cell) }} />
      <dl>
        <dt>module hash</dt>
        <dd id="hash">{moduleHash(cell)}</dd>
        <dt>parameters of the paper's network</dt>
        <dd>{trainableParameters.toLocaleString('en')}</dd>
        {bench !== undefined && <TableValues cell={cell} bench={bench} />}
      </dl>
    </section>
  );
}

function readCell(text: string): Cell | string {
  try {
    const cell = parseCell(text);
    assertValid(cell);
    return cell;
  } catch (error) {
    if (error instanceof NasbenchError) return error.message;
    throw error;
  }
}

function TableValues({ cell, bench }: { readonly cell: Cell; readonly bench: NASBench }) {
  return bench.metadata.epochs.map((epochs) => (
    <>
      <dt>mean test accuracy after {epochs} epochs</dt>
      <dd>{lookUp(cell, bench, epochs)}</dd>
    </>
  ));
}

function lookUp(cell: Cell, bench: NASBench, epochs: number): string {
  try {
    const { testAccuracy, provenance } = bench.query(cell, { epochs, repeat: 'mean' });
    return `${(100 * testAccuracy).toFixed(2)} % (${provenance})`;
  } catch (error) {
    if (error instanceof NasbenchError) return error.message;
    throw error;
  }
}
