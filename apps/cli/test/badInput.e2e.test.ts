import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nasbench, nasbenchJson, SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);

/** One line that says what is wrong, at the end and without a stack; the exit status of a user's mistake; no result. */
function expectOneLine(args: readonly string[], status: number, message: string | RegExp): void {
  const ended = nasbench(...args);
  const lines = ended.stderr.trimEnd().split('\n');
  expect(ended.stdout).toBe('');
  expect(lines.at(-1)).toMatch(message);
  expect(lines.filter((line) => /^nasbench: |^ {4}at /.test(line))).toEqual([lines.at(-1)]);
  expect(ended.status).toBe(status);
}

describe('cells', () => {
  it.each([
    ['rows of different lengths', '010/01/000:conv3x3', /square/],
    ['a value other than 0 and 1', '020/001/000:conv3x3', /malformed|0.*1/],
    ['an edge below the diagonal', '010/101/000:conv3x3', /zero on and below the diagonal/],
    ['a loop', '010/011/000:conv3x3', /zero on and below the diagonal/],
    ['a vertex without place', '0', /at least 2|2 vertices/],
    ['no way to the output', '010/000/000:conv3x3', /output/],
    ['an unknown operation', '010/001/000:conv7x7', /conv7x7/],
    ['too few operations', '0100/0010/0001/0000:conv3x3', /operations|labels/],
    ['too many operations', '010/001/000:conv3x3,conv3x3', /operations|labels/],
    ['text that is no cell', 'a cell', /a cell/],
    ['nothing', '', /./],
    [
      '8 vertices',
      '01000000/00100000/00010000/00001000/00000100/00000010/00000001/00000000:conv3x3,conv3x3,conv3x3,conv3x3,conv3x3,conv3x3',
      /vertices/,
    ],
    ['10 edges', '01111/00111/00011/00001/00000:conv3x3,conv3x3,conv3x3', /edges/],
    ['an unknown hash', '00000000000000000000000000000000', /no cell of NAS-Bench-101/],
    ['a missing file', 'no-such-cell.json', /no-such-cell\.json: no such file/],
  ])('%s', (_, cell, message) => {
    expectOneLine(['cell', cell], cell.endsWith('.json') ? 1 : 2, message);
  });

  it.each([
    ['not JSON', '{', /is not JSON/],
    ['no matrix', '{"matrix": 3}', /expected \[matrix, labels\]/],
    ['values that are not numbers', '[[["0", "1"], [0, 0]], ["input", "output"]]', /expected \[matrix, labels\]/],
    ['not square', '[[[0, 1], [0]], ["input", "output"]]', /square/],
    ['a value of 0.5', '[[[0, 0.5], [0, 0]], ["input", "output"]]', /0\.5/],
  ])('a file with %s', (name, text, message) => {
    const cell = file(`${name.replaceAll(' ', '-')}.json`);
    writeFileSync(cell, text);
    expectOneLine(['cell', cell], 2, message);
  });
});

describe('images', () => {
  const train = (images: string): string[] => ['train', '010/001/000:conv3x3', ...SMALL_TRAINING, '--images', images];

  it('an unknown set', () => expectOneLine(train('imagenet'), 2, /imagenet.*mnist/));
  it('no folder', () => expectOneLine(train('cifar10'), 2, /cifar10:DIR/));
  it('a folder that does not exist', () => expectOneLine(train(`cifar10:${file('none')}`), 1, /none/));

  it('a folder without the files', () => {
    mkdirSync(file('empty-folder'));
    expectOneLine(train(`cifar10:${file('empty-folder')}`), 1, /data_batch_1\.bin/);
  });

  it('a file that ends within an image', () => {
    const short = file('short');
    mkdirSync(short);
    for (const name of ['data_batch_1.bin', 'data_batch_5.bin', 'test_batch.bin'])
      writeFileSync(path.join(short, name), new Uint8Array(3073 * 4));
    writeFileSync(path.join(short, 'data_batch_5.bin'), new Uint8Array(3073 * 4 - 1));
    expectOneLine(train(`cifar10:${short}`), 1, /data_batch_5\.bin.*12291.*3\s?073/);
  });

  it('an empty file', () => {
    const empty = file('empty-batch');
    mkdirSync(empty);
    for (const name of ['data_batch_1.bin', 'data_batch_5.bin', 'test_batch.bin'])
      writeFileSync(path.join(empty, name), new Uint8Array(3073 * 4));
    writeFileSync(path.join(empty, 'test_batch.bin'), '');
    expectOneLine(train(`cifar10:${empty}`), 1, /test_batch\.bin/);
  });

  it('a batch larger than the set', () => {
    expectOneLine([...train('synthetic'), '--evaluation-images', '5'], 2, /5 images/);
  });
});

describe('tables', () => {
  const table = file('good.arrow');

  beforeAll(() => {
    nasbenchJson(
      'regenerate',
      '--out',
      file('runs'),
      '--max-vertices',
      '3',
      '--sample',
      '2',
      ...SMALL_TRAINING,
      '--repeats',
      '1',
    );
    nasbenchJson('assemble', file('runs'), '--out', table);
  });

  it('an empty file', () => {
    writeFileSync(file('empty.arrow'), '');
    expectOneLine(['info', file('empty.arrow')], 1, /empty\.arrow/);
  });

  it('something else than Arrow', () => {
    writeFileSync(file('text.arrow'), 'this is not a table, whatever its name says\n'.repeat(10));
    expectOneLine(['info', file('text.arrow')], 1, /text\.arrow/);
  });

  it('an Arrow file that is not ours', () => {
    nasbenchJson('enumerate', '--max-vertices', '3', '--out', file('cells.arrow'));
    expectOneLine(['info', file('cells.arrow')], 1, /cells\.arrow.*not a NAS-Bench table/);
  });

  it('a table of a newer format version', () => {
    const bytes = readFileSync(table);
    const key = bytes.indexOf('nasbench.format_version');
    // The value of the key, the text "1", stands somewhere behind it.
    for (
      let at = bytes.indexOf('nasbench.format_version');
      at >= 0;
      at = bytes.indexOf('nasbench.format_version', at + 1)
    ) {
      replaceVersion(bytes, at);
    }
    expect(key).toBeGreaterThan(0);
    writeFileSync(file('newer.arrow'), bytes);
    expectOneLine(['info', file('newer.arrow')], 1, /newer\.arrow: table format 2 is newer than 1/);
  });

  it.each([0.2, 0.5, 0.9, 0.999])('a table cut off at %d of its length', (share) => {
    const bytes = readFileSync(table);
    writeFileSync(file('cut.arrow'), bytes.subarray(0, Math.floor(bytes.length * share)));
    expectOneLine(['query', file('cut.arrow')], 1, /cut\.arrow/);
  });

  it('a missing file and a folder', () => {
    expectOneLine(['query', file('none.arrow')], 1, /none\.arrow/);
    expectOneLine(['info', folder], 1, /it is not a file/);
  });

  it('questions it cannot answer', () => {
    expectOneLine(['query', table, '--epochs', '108'], 2, /no runs with 108 epochs in this table, which has 1/);
    expectOneLine(
      ['query', table, '--cell', '0100/0010/0001/0000:conv3x3,conv3x3'],
      2,
      /too many vertices after pruning: got 4, expected at most 3/,
    );
    expectOneLine(['query', table, '--sort', 'beauty'], 2, /no column beauty/);
    expectOneLine(['query', table, '--repeat', 'best'], 2, /random, mean or a number/);
    expectOneLine(
      ['plot', 'curves', table, '--cell', '0100/0010/0001/0000:conv3x3,conv3x3', '--out', file('curves.svg')],
      2,
      /cell [0-9a-f]{32} is not in this table/,
    );
    expectOneLine(['plot', 'noise', table, '--out', file('noise.svg')], 2, /two repeats or more at one budget/);
  });

  describe('outputs', () => {
    it('that exist are refused without --force, and stay as they are', () => {
      const cells = file('exists.json');
      writeFileSync(cells, 'mine');
      expectOneLine(['enumerate', '--max-vertices', '3', '--out', cells], 2, /exists\.json exists already.*--force/);
      expectOneLine(['plot', 'ecdf', table, '--out', table.replace('.arrow', '.gif')], 2, /\.svg, \.png, \.html/);
      expect(readFileSync(cells, 'utf8')).toBe('mine');
      expect(nasbench('enumerate', '--max-vertices', '3', '--out', cells, '--force').status).toBe(0);
      expect(readFileSync(cells, 'utf8')).toMatch(/^\{"/);
    });

    it('in a place that cannot be written', () => {
      writeFileSync(file('a-file'), '');
      expectOneLine(
        ['enumerate', '--max-vertices', '3', '--json', '--out', path.join(file('a-file'), 'cells.json')],
        1,
        /cannot write .*cells\.json/,
      );
      expectOneLine(['assemble', file('runs'), '--out', folder], 2, /it is a folder/);
      const locked = file('locked');
      mkdirSync(locked);
      chmodSync(locked, 0o555);
      // Root may write anywhere: then there is nothing to refuse.
      if (process.getuid?.() !== 0)
        expectOneLine(['assemble', file('runs'), '--out', path.join(locked, 'x.arrow')], 1, /permission denied/);
    });

    it('never leave a part behind', () => {
      copyFileSync(table, file('copy.arrow'));
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  });
});

describe('commands', () => {
  it.each([
    [['enumerat'], /unknown command.*enumerat/],
    [['enumerate', '--max-vertices', 'six'], /whole number/],
    [['enumerate', '--max-vertices', '12'], /12/],
    [['regenerate'], /--out/],
    [['regenerate', '--out', 'x', '--preset', 'huge'], /paper, augmented, small, tiny/],
    [['assemble', folder, '--out', 'x.arrow'], /regeneration\.json is missing/],
    [['regenerate', '--out', 'x', '--cells', 'c.json', '--max-vertices', '4'], /'--cells <file>' cannot be used with/],
    [['regenerate', '--out', 'x', '--cells', 'c.json', '--max-edges', '4'], /'--cells <file>' cannot be used with/],
    [['plot', 'pie', 'x.arrow', '--out', 'x.svg'], /ecdf/],
    [['plot', 'ecdf', 'x.arrow', '--out', 'x.svg', '--cell', '01/00'], /--cell chooses .* does not go with ecdf/],
  ])('%j', (args, message) => {
    const { status, stderr, stdout } = nasbench(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

function replaceVersion(bytes: Buffer, key: number): void {
  // In the metadata of a schema key and value are two length-prefixed texts; the version's is one digit long.
  const prefix = Buffer.from([1, 0, 0, 0, 0x31, 0]);
  for (const direction of [bytes.indexOf(prefix, key), bytes.lastIndexOf(prefix, key)]) {
    if (direction >= 0 && Math.abs(direction - key) < 64) {
      bytes[direction + 4] = 0x32;
      return;
    }
  }
}
