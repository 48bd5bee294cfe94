// Filter + sort + top 10 over all 423 624 rows, and what the columns derived from the cells cost once.
//   node benchmarks/select.js        (after `npm run build`)
import { columnValues, meanOverRepeats, selectRows } from '@nasbench/dataset';
import { syntheticTable } from './syntheticTable.js';

const LIMIT_MS = 50;
const RUNS = 15;

const table = syntheticTable({ epochs: [36, 108] });
process.stdout.write(`${table.rowCount} rows\n`);
for (const name of ['depth', 'width', 'conv3x3', 'multiply_adds']) {
  const before = performance.now();
  columnValues(table, name);
  process.stdout.write(`${name}, computed once: ${(performance.now() - before).toFixed(0)} ms\n`);
}

const largest = { descending: true, top: 10 };
report('mean of one column', { sortBy: 'test_accuracy_108', ...largest });
report('filter by two columns', {
  where: 'mean(validation_accuracy_108) > 0.9 and trainable_parameters < 2e7',
  sortBy: 'test_accuracy_108',
  ...largest,
});
report('filter by many, sort by an expression', {
  where: 'std(test_accuracy_108) < 0.02 and (conv3x3 + conv1x1 >= 2 or not width = 2) and training_time_108[0] < 1700',
  sortBy: 'test_accuracy_108 / training_time_108',
  ...largest,
});
const objects = rowObjects();
const arrays = median(() =>
  objects
    .filter((row) => row.validation > 0.9 && row.parameters < 2e7)
    .toSorted((a, b) => b.test - a.test)
    .slice(0, 10),
);
process.stdout.write(`the second one with an array of row objects, filter and sort: ${arrays.toFixed(0)} ms\n`);

function report(name, selection) {
  const milliseconds = median(() => selectRows(table, selection));
  const missed = milliseconds <= LIMIT_MS ? '' : ', MISSED';
  process.stdout.write(`${name}: median ${milliseconds.toFixed(1)} ms (limit ${LIMIT_MS} ms${missed})\n`);
}

/** What one would filter and sort without the package's help. */
function rowObjects() {
  const [validation, test] = ['validation', 'test'].map((of) => meanOverRepeats(table.column(`${of}_accuracy_108`)));
  const { trainableParameters } = table.cells;
  return Array.from(test, (_, row) => ({
    validation: validation[row],
    test: test[row],
    parameters: trainableParameters[row],
  }));
}

function median(run) {
  const times = new Float64Array(RUNS).map(() => {
    const before = performance.now();
    run();
    return performance.now() - before;
  });
  return times.toSorted()[RUNS >>> 1];
}
