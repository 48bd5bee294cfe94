import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { createRandom, shuffleInPlace } from '@nasbench/foundation/random';
import { describe, expect, it } from 'vitest';
import { encodeTable, importTfrecord, syntheticTfrecord } from '../src/index.ts';
import { readBase64 } from '../src/tfrecord/base64.ts';
import { FOOTER_BYTES, HEADER_BYTES, writeFrame } from '../src/tfrecord/frames.ts';
import { type CellBatch, findWrongHash, type HashChecker } from '../src/tfrecord/hashCheck.ts';
import { HashThread } from '../src/tfrecord/hashThread.node.ts';

const options = { name: 'made.tfrecord', metadata: { provenance: 'synthetic' } } as const;

/** Records of 200 cells, three runs each with 4 and 12 epochs. */
function sampleRecords(): Buffer[] {
  const file = Buffer.concat([...syntheticTfrecord({ cells: 200, epochs: [4, 12] })]);
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + HEADER_BYTES + file.readUInt32LE(at) + FOOTER_BYTES;
    records.push(file.subarray(at, end));
    at = end;
  }
  return records;
}

/** With another first digit of the hash, and right checksums. */
function withWrongHash(record: Buffer): Buffer {
  const changed = Buffer.from(record);
  const digit = HEADER_BYTES + 2;
  changed[digit] = changed.toString('latin1', digit, digit + 1) === '0' ? 0x31 : 0x30;
  writeFrame(new DataView(changed.buffer, changed.byteOffset, changed.length), 0, changed.length - FOOTER_BYTES);
  return changed;
}

/** Answers late and keeps what it was asked. */
function slowChecker(): HashChecker & { batches: CellBatch[] } {
  const batches: CellBatch[] = [];
  return {
    batches,
    batchCells: 30,
    check: async (batch) => {
      batches.push(batch);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return findWrongHash(batch);
    },
  };
}

describe('hashes checked while the file is read', () => {
  const records = sampleRecords();

  it('the same table, every cell checked once', async () => {
    const checker = slowChecker();
    const { table } = await importTfrecord(records, { ...options, hashChecker: checker });
    const { table: expected } = await importTfrecord(records, options);
    expect(encodeTable(table)).toEqual(encodeTable(expected));
    const rows = checker.batches.flatMap((batch) => [...batch.rows]).toSorted((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: 180 }, (_, row) => row));
  });

  it.each([[[0, 700, 1100]], [[1199, 601]], [[1199]]])('the first wrong hash is named: records %j', async (wrong) => {
    // Runs of a cell with a hash of its own in each wrong record.
    const changed = records.map((record, i) => (wrong.includes(i) ? withWrongHash(record) : record));
    const problem = async (hashChecker?: HashChecker): Promise<string> => {
      const read = importTfrecord(changed, { ...options, ...(hashChecker && { hashChecker }) });
      return read.then(
        () => 'read',
        (error: Error) => error.message,
      );
    };
    const found = await problem(slowChecker());
    expect(found).toContain(`record ${Math.min(...wrong)},`);
    expect(found).toBe(await problem());
  });

  it('records in any order are the same table apart from the order of repeats', async () => {
    const order = Array.from(records, (_, i) => i);
    shuffleInPlace(createRandom(1, 'order of records'), order);
    const mixed = order.map((i) => records[i]);
    const { table, duplicateRuns, missingRuns } = await importTfrecord(mixed, options);
    const { table: expected } = await importTfrecord(records, options);
    expect([duplicateRuns, missingRuns]).toEqual([0, 0]);
    expect(table.cells).toEqual(expected.cells);
    for (const name of expected.metricNames) {
      const sorted = (of: typeof table): number[] =>
        Array.from({ length: of.rowCount }, (_, row) =>
          [...of.column(name).values.subarray(3 * row, 3 * row + 3)].toSorted((a, b) => a - b),
        ).flat();
      expect(sorted(table)).toEqual(sorted(expected));
    }
  });

  const built = new URL('../dist/tfrecord/hashThread.node.js', import.meta.url);
  it.skipIf(!existsSync(built))('in a thread [needs npm run build]', async () => {
    const { HashThread: BuiltThread } = (await import(built.href)) as { HashThread: typeof HashThread };
    expect(await isAsHere(new BuiltThread())).toBe(true);
  });

  it('here, where the thread cannot be started', async () => {
    expect(await isAsHere(new HashThread())).toBe(true);
  });

  /** Whether it finds the one wrong hash of three batches. */
  async function isAsHere(thread: HashThread): Promise<boolean> {
    const checker = slowChecker();
    await importTfrecord(records, { ...options, hashChecker: checker });
    const [batch, other] = checker.batches;
    const recorded = batch.recorded.slice();
    recorded[16 * 3] ^= 1;
    const wrong = { ...batch, recorded };
    try {
      const answers = await Promise.all([thread.check(batch), thread.check(wrong), thread.check(other)]);
      return isDeepStrictEqual(answers, [undefined, { ...findWrongHash(wrong), row: batch.rows[3] }, undefined]);
    } finally {
      await thread.close();
    }
  }
});

describe('base64', () => {
  const read = (text: string, mime: boolean): Uint8Array | undefined => {
    const target = new Uint8Array(164);
    const bytes = Buffer.from(text, 'latin1');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = readBase64(view, 0, bytes.length, new DataView(target.buffer), mime);
    return length < 0 ? undefined : target.subarray(0, length);
  };

  it('every length, in lines or without, and no other line breaks', () => {
    for (let length = 1; length <= 160; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => 37 * i + length);
      const text = Buffer.from(bytes).toString('base64');
      const lines = text.replaceAll(/.{1,76}/g, '$&\\n');
      expect(read(text, false)).toEqual(bytes);
      expect(read(lines, true)).toEqual(bytes);
      for (const other of [
        `${lines}\\n`,
        `\\n${lines}`,
        `${text.slice(0, 2)}\\n${lines.slice(2)}`,
        lines.slice(0, -1),
      ]) {
        expect(read(other, true)).toBeUndefined();
      }
      expect(read(lines, false)).toBeUndefined();
    }
  });
});
