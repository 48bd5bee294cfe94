import { isModuleHash, writeHash } from '../hashBytes.ts';
import { decodeBase64 } from './base64.ts';
import type { OperationTexts } from './cellText.ts';
import { quote } from './errors.ts';
import { type Fail, readMetrics } from './metrics.ts';
import type { Run } from './run.ts';

/**
 * Reads a record that `RecordReader` did not take: other JSON spacing, base64 broken elsewhere, a checkpoint path, unknown
 * fields. Calls `fail` with what was expected and found if a table cannot hold it.
 */
export function explainRecord(
  data: Uint8Array,
  texts: OperationTexts,
  run: Run,
  fail: Fail,
  onUnknown: (field: string) => void,
): void {
  const record = parseJson(data, fail);
  if (!Array.isArray(record) || record.length !== 5) {
    fail(
      `expected [module_hash, epochs, adjacency, operations, metrics], found ${
        Array.isArray(record) ? `${record.length} items` : quote(record)
      }`,
    );
  }
  const [hash, epochs, adjacency, operations, metrics]: unknown[] = record;
  if (typeof hash !== 'string' || !isModuleHash(hash)) {
    fail(`expected a module hash of 32 lower-case hex digits, found ${quote(hash)}`);
  }
  if (typeof epochs !== 'number' || !Number.isInteger(epochs) || epochs < 1 || epochs >= 1e9) {
    fail(`expected epochs to be an integer of 1 .. 999999999, found ${quote(epochs)}`);
  }
  if (typeof adjacency !== 'string') fail(`expected adjacency to be a text of 0 and 1, found ${quote(adjacency)}`);
  if (typeof operations !== 'string') fail(`expected operations to be a text, found ${quote(operations)}`);
  if (typeof metrics !== 'string') fail(`expected metrics to be a text in base64, found ${quote(metrics)}`);
  writeHash(run.hash, 0, hash);
  run.epochs = epochs;
  readAdjacency(adjacency, run, fail);
  readOperations(operations, texts, run, fail);
  const bytes = decodeBase64(metrics);
  if (bytes === undefined) fail(`expected metrics in base64, found ${quote(metrics)}`);
  run.mime = metrics.includes('\n');
  readMetrics(bytes, run, fail, onUnknown);
}

function parseJson(data: Uint8Array, fail: Fail): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return fail(`expected JSON in UTF-8, found the bytes ${Array.from(data.subarray(0, 8)).join(' ')} ...`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return fail(`expected JSON, found ${quote(text)}`);
  }
}

function readAdjacency(text: string, run: Run, fail: Fail): void {
  const vertices = Math.sqrt(text.length);
  if (!Number.isInteger(vertices) || vertices < 2 || vertices > 8) {
    fail(`expected an adjacency of 4 .. 64 characters, a square number of them, found ${text.length}`);
  }
  run.vertices = vertices;
  run.edges = 0;
  for (let i = 0; i < text.length; i++) {
    const [x, y] = [Math.floor(i / vertices), i % vertices];
    if (text[i] !== '0' && text[i] !== '1') fail(`expected an adjacency of 0 and 1, found ${quote(text[i])}`);
    if (text[i] === '0') continue;
    if (y <= x) fail(`expected an upper triangular adjacency, found the edge ${x} -> ${y}`);
    run.edges |= 1 << (x + (y * (y - 1)) / 2);
  }
}

function readOperations(text: string, texts: OperationTexts, run: Run, fail: Fail): void {
  const labels = text.split(',');
  if (labels.length !== run.vertices) {
    fail(`expected ${run.vertices} operations, one for each vertex, found ${labels.length}: ${quote(text)}`);
  }
  if (labels[0] !== 'input' || labels[labels.length - 1] !== 'output') {
    fail(`expected operations from input to output, found ${quote(text)}`);
  }
  const names = labels.slice(1, -1);
  const unknown = names.find((name) => texts.indexOf(name) === undefined);
  if (unknown !== undefined) {
    fail(`expected operations of ${texts.space.operations.join(', ')}, found ${quote(unknown)}`);
  }
  run.operations = texts.codeOf(names);
}
