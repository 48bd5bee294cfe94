import { readFileSync } from 'node:fs';
import { moduleHash, parseCell } from '@nasbench/graph';

/** @typedef {{ text: string, hash: string, validationAccuracy: number }} OfficialCell `text` is for graph's `parseCell` */

/**
 * The cells of a CSV file of official means, each with its mean validation accuracy after some epochs, sorted by hash.
 *
 * @param {string} file with a header; adjacency rows separated by `;`, operations in one quoted field
 * @param {number} epochs
 * @returns {OfficialCell[]}
 */
export function readOfficialCells(file, epochs) {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const names = fieldsOf(header);
  const column = (/** @type {string} */ name) => {
    if (!names.includes(name)) throw new Error(`${file} has no column ${name}`);
    return names.indexOf(name);
  };
  const [hash, adjacency, ops] = [column('hash'), column('adjacency'), column('ops')];
  const [budget, accuracy] = [column('epochs'), column('mean_validation_accuracy')];
  const cells = [];
  for (const [i, line] of lines.entries()) {
    const fields = fieldsOf(line);
    const where = `${file}, line ${i + 2}`;
    if (fields.length !== names.length) throw new Error(`${where}: ${fields.length} fields, expected ${names.length}`);
    if (Number(fields[budget]) !== epochs) continue;
    const interior = fields[ops].split(',').slice(1, -1);
    const text = fields[adjacency].replaceAll(';', '/') + (interior.length > 0 ? `:${interior.join(',')}` : '');
    if (moduleHash(parseCell(text)) !== fields[hash]) throw new Error(`${where}: ${text} has another hash`);
    cells.push({ text, hash: fields[hash], validationAccuracy: Number(fields[accuracy]) });
  }
  return cells.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
}

/** @param {string} line without quotes inside quotes */
function fieldsOf(line) {
  return Array.from(line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g), ([, quoted, bare]) => quoted ?? bare);
}
