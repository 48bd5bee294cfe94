/** Writing tables to files, in Node only; reading is in the main entry. */
export { writeTable } from './writeTable.node.ts';
