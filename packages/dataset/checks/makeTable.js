// A made-up table to check with: real cells, four budgets, three repeats, every 17th run absent.
//   node packages/dataset/checks/makeTable.js CELLS TABLE.arrow        (after `npm run build`)
import { buildTable, importTfrecord, runRecords, syntheticTfrecord } from '@nasbench/dataset';
import { writeTable } from '@nasbench/dataset/node';

const [cells, out] = process.argv.slice(2);
const { table } = await importTfrecord(syntheticTfrecord({ cells: Number(cells) }), {
  metadata: { provenance: 'synthetic' },
});
const records = [...runRecords(table)].filter((_, i) => i % 17 !== 5);
await writeTable(out, buildTable(records, table.metadata), { force: true });
