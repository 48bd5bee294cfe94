import { NASBench } from '@nasbench/dataset';
import { useState } from 'preact/hooks';
import { CellPanel } from './CellPanel.tsx';

/** Depth 3 with a shortcut: the cell of a ResNet block. */
const FIRST_CELL = '0101/0010/0001/0000:conv3x3,conv3x3';

/** Draws the cell that is typed in and looks it up in the table that was opened. */
export function Explorer() {
  const [text, setText] = useState(FIRST_CELL);
  const [table, setTable] = useState<{ name: string; bench: NASBench }>();
  const [problem, setProblem] = useState('');

  async function open(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      setTable({ name: file.name, bench: await NASBench.open(file) });
      setProblem('');
    } catch (error) {
      setTable(undefined);
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <main>
      <h1>nasbench explorer</h1>
      <label for="cell">A cell: rows of its adjacency matrix, then the operations between input and output</label>
      <input
        id="cell"
        type="text"
        value={text}
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <label for="table">A table (.arrow), looked up in this page only</label>
      <input id="table" type="file" onChange={(event) => void open(event.currentTarget.files?.[0])} />
      {problem !== '' && <p role="alert">{problem}</p>}
      {table !== undefined && (
        <p>
          {table.name}: {table.bench.table.rowCount} cells, {table.bench.metadata.provenance}, budgets of{' '}
          {table.bench.metadata.epochs.join(', ')} epochs
        </p>
      )}
      <CellPanel text={text} bench={table?.bench} />
    </main>
  );
}
