// Does a table rank cells as the official runs of 108 epochs do? Spearman's rank correlation of its mean validation
// accuracies, for each of its budgets, with the official means of the 91 cells of up to 4 vertices, as far as it has them.
//   node benchmarks/rankTable.js [TABLE]      (default: mini)
// NASBENCH_SHARED names the folder with data/nasbench101-4-vertices.csv (default: ../shared).

import path from 'node:path';
import { meanOverRepeats } from '@nasbench/dataset';
import { spearman } from '@nasbench/dataset/analyses';
import { openNamedTable } from '@nasbench/dataset/node';
import { readOfficialCells } from './officialCells.js';

const shared = process.env.NASBENCH_SHARED ?? path.resolve(import.meta.dirname, '../../shared');
const table = await openNamedTable(process.argv[2] ?? 'mini');
const official = readOfficialCells(path.join(shared, 'data/nasbench101-4-vertices.csv'), 108);
for (const epochs of table.metadata.epochs) {
  const means = meanOverRepeats(table.column(`validation_accuracy_${epochs}`));
  const pairs = official
    .map(({ hash, validationAccuracy }) => ({ row: table.findRow(hash), validationAccuracy }))
    .filter(({ row }) => row >= 0 && !Number.isNaN(means[row]));
  const rho = spearman(
    pairs.map(({ validationAccuracy }) => validationAccuracy),
    pairs.map(({ row }) => means[row]),
  );
  process.stdout.write(`${epochs} epochs: ${pairs.length} cells, Spearman ${rho.toFixed(3)}\n`);
}
