import { NasbenchError } from '@nasbench/foundation/errors';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BenchmarkTable,
  buildTable,
  decodeTable,
  encodeTable,
  exportTfrecord,
  importTfrecord,
  NASBench,
  runRecords,
  syntheticTfrecord,
} from '../src/index.ts';
import { METADATA, run } from './samples.ts';
import { frame, mime, plain, protobuf, record, recordText, SAMPLE_RECORD } from './tfrecordSamples.ts';

const join = (parts: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...parts]));
const metadata = { provenance: 'synthetic' } as const;

/** Changes somewhere in a file: a bit, a byte, a cut, a repetition, a part left out. */
type Mutation = (bytes: Uint8Array) => Uint8Array;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(([at, byte]) => (bytes: Uint8Array) => {
    const changed = bytes.slice();
    if (changed.length > 0) changed[Math.floor(at * changed.length)] = byte;
    return changed;
  }),
  fc.tuple(place, fc.nat(7)).map(([at, bit]) => (bytes: Uint8Array) => {
    const changed = bytes.slice();
    if (changed.length > 0) changed[Math.floor(at * changed.length)] ^= 1 << bit;
    return changed;
  }),
  place.map((at) => (bytes: Uint8Array) => bytes.slice(0, Math.floor(at * bytes.length))),
  fc.tuple(place, place, place).map(([from, length, to]) => (bytes: Uint8Array) => {
    const start = Math.floor(from * bytes.length);
    const part = bytes.subarray(start, start + Math.floor(length * 64));
    const at = Math.floor(to * bytes.length);
    return join([bytes.subarray(0, at), part, bytes.subarray(at)]);
  }),
  fc.tuple(place, place).map(([from, length]) => (bytes: Uint8Array) => {
    const start = Math.floor(from * bytes.length);
    return join([bytes.subarray(0, start), bytes.subarray(start + Math.floor(length * 64))]);
  }),
);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });
const apply = (bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array =>
  changes.reduce((result, change) => change(result), bytes);

/** The table, or undefined if it was refused as bad input is, in one line; any other error fails the test. */
async function opened(open: () => BenchmarkTable | Promise<BenchmarkTable>): Promise<BenchmarkTable | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof NasbenchError && !error.message.includes('\n')) return undefined;
    throw error;
  }
}

/** Checks mutated inputs: what the slowest took, in milliseconds, and how much the process grew, in MB. */
async function fuzz<T>(arbitrary: fc.Arbitrary<T>, seed: number, check: (input: T) => Promise<void>) {
  let slowest = 0;
  const before = process.memoryUsage().rss;
  await fc.assert(
    fc.asyncProperty(arbitrary, async (input) => {
      const start = performance.now();
      await check(input);
      slowest = Math.max(slowest, performance.now() - start);
    }),
    { seed, numRuns: 5000 },
  );
  return { slowest, growth: (process.memoryUsage().rss - before) / 1e6 };
}

/** Generous, since other work may share the processors. */
function expectModest({ slowest, growth }: { slowest: number; growth: number }): void {
  expect(slowest).toBeLessThan(1000);
  expect(growth).toBeLessThan(500);
}

const read = async (bytes: Uint8Array) => (await importTfrecord([bytes], { metadata })).table;

describe('mutated files open to right values or fail with our error', () => {
  const file = join(syntheticTfrecord({ cells: 3, epochs: [4, 12], repeats: 2 }));

  it('TFRecords with bytes changed anywhere: 5 000', async () => {
    const cost = await fuzz(mutations, 1, async (changes) => {
      const bytes = apply(file, changes);
      const table = await opened(() => read(bytes));
      // What passes the CRCs is whole records of the file.
      expect(table === undefined ? bytes.length : join(exportTfrecord(table)).length).toBe(bytes.length);
    });
    expectModest(cost);
  });

  it('records with bytes of their JSON changed and right CRCs: 5 000', async () => {
    const text = Buffer.from(recordText());
    const cost = await fuzz(mutations, 2, async (changes) => {
      const data = apply(text, changes);
      const table = await opened(() => read(frame(data)));
      if (table === undefined) return;
      const [hash, epochs]: [string, number] = JSON.parse(Buffer.from(data).toString());
      const [only] = runRecords(table);
      expect([only.moduleHash, only.epochs]).toEqual([hash, epochs]);
      expect(only.points?.every(({ testAccuracy }) => testAccuracy >= 0 && testAccuracy <= 1)).toBe(true);
    });
    expectModest(cost);
  });

  it('records with bytes of their protobuf changed: 5 000', async () => {
    const metrics = protobuf(SAMPLE_RECORD.metrics);
    const cost = await fuzz(fc.tuple(mutations, fc.boolean()), 3, async ([changes, lines]) => {
      const changed = apply(metrics, changes);
      const bytes = record({}, () => (lines ? mime(changed) : plain(changed)));
      const result = await opened(() => read(bytes));
      if (result === undefined) return;
      const again = await importTfrecord(exportTfrecord(result), { metadata });
      expect(again.rewritten).toBe(0);
      expect([...runRecords(again.table)]).toEqual([...runRecords(result)]);
    });
    expectModest(cost);
  });

  it('Arrow files: 5 000', async () => {
    const table = buildTable([run(8, 4, 0), run(8, 12, 1), run(40, 12, 1)], METADATA);
    const arrow = encodeTable(table);
    const cost = await fuzz(mutations, 4, async (changes) => {
      const bytes = apply(arrow, changes);
      await opened(() => {
        const decoded = decodeTable(bytes);
        if (decoded.rowCount > 0) new NASBench(decoded).metricsByHash(decoded.moduleHash(0));
        return decoded;
      });
    });
    expectModest(cost);
  });
});
