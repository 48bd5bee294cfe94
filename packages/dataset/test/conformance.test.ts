import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  adjacencyOneHot,
  assertValid,
  type Cell,
  type CellGraph,
  canonicalForm,
  cellFromMatrix,
  countEncodings,
  depth,
  type Encoding,
  encodingA,
  encodingB,
  encodingC,
  enumerateCells,
  hashCells,
  hashText,
  InvalidCellError,
  isValid,
  moduleHash,
  NASBENCH_101,
  pathCount,
  pathEncoding,
  pathIndices,
  unpackCell,
  type ValidityRule,
  width,
} from '@nasbench/graph';
import {
  countMultiplyAdds,
  countParameters,
  NETWORK_PRESETS,
  type NetworkConfig,
  planNetwork,
  vertexChannels,
} from '@nasbench/model';
import { describe, expect, it } from 'vitest';
import { adjacencyOf, exportTfrecord, importTfrecord, labelsOf, runRecords, TfrecordError } from '../src/index.ts';
import { maskedCrc32c } from '../src/tfrecord/crc32c.ts';

/** Runs the vectors of conformance/, which another implementation (Python) made from the definitions. */
const CONFORMANCE = new URL('../../../conformance/', import.meta.url);

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, CONFORMANCE), 'utf8')) as T;
}

interface Graph {
  readonly matrix: number[][];
  readonly operations: string[];
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

it.skipIf(!hasPython)(
  'the files are what make_vectors.py makes [needs python3]',
  () => {
    const script = fileURLToPath(new URL('make_vectors.py', CONFORMANCE));
    const { status, stderr } = spawnSync('python3', ['-B', script, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  },
  300_000,
);

const cellOf = ({ matrix, operations }: Graph): Cell => cellFromMatrix(matrix, operations);
const graphOf = ({ matrix, operations }: Graph | CellGraph): CellGraph => ({ matrix, operations });

describe('cells.json', () => {
  interface CellVector extends Graph {
    readonly name: string;
    readonly pruned: Graph | null;
    readonly moduleHash: string;
    readonly canonicalForm: Graph & { readonly edges: number };
    readonly depth: number;
    readonly width: number;
    readonly countEncodings: Readonly<Record<ValidityRule, number>>;
  }
  const { vectors } = read<{ vectors: CellVector[] }>('cells.json');

  it.each(vectors.filter(({ pruned }) => pruned === null))('$name', (vector) => {
    const cell = cellOf(vector);
    expect(cell.pruned).toBeUndefined();
    expect(() => moduleHash(cell)).toThrow(InvalidCellError);
  });

  it.each(vectors.filter(({ pruned }) => pruned !== null))('$name', (vector) => {
    const cell = cellOf(vector);
    expect(cell.pruned).toEqual(vector.pruned);
    expect(moduleHash(cell)).toBe(vector.moduleHash);
    const { edges, ...graph } = vector.canonicalForm;
    const canonical = canonicalForm(cell);
    expect(canonical.edges).toBe(edges);
    expect(unpackCell(canonical).original).toEqual(graph);
    expect(depth(cell)).toBe(vector.depth);
    expect(width(cell)).toBe(vector.width);
    expect({
      'prune-first': countEncodings(cell, 'prune-first'),
      'raw-edges': countEncodings(cell, 'raw-edges'),
    }).toEqual(vector.countEncodings);
  });

  it('has cells of every kind', () => {
    expect(vectors.length).toBeGreaterThan(100);
    expect(vectors.some(({ pruned }) => pruned === null)).toBe(true);
    expect(vectors.some(({ pruned, matrix }) => pruned !== null && pruned.matrix.length < matrix.length)).toBe(true);
  });
});

describe('enumeration.json', () => {
  const file = read<{
    cumulativeUniqueCells: Record<string, number>;
    cumulativeLabeledGraphs: Record<string, number>;
    upTo5Vertices: { cells: number; sha256OfHashLines: string };
    vectors: (Graph & { moduleHash: string })[];
  }>('enumeration.json');

  it('all cells of up to 4 vertices in order', () => {
    const cells = enumerateCells({ ...NASBENCH_101, maxVertices: 4 });
    const hashes = hashCells(cells);
    const found = Array.from({ length: cells.count }, (_, i) => ({
      ...graphOf(
        unpackCell({ vertices: cells.vertices[i], edges: cells.edges[i], operations: cells.operations[i] }).original,
      ),
      moduleHash: hashText(hashes, i),
    }));
    expect(found).toEqual(file.vectors);
  });

  it('hashes of all cells of up to 5 vertices in order', () => {
    const cells = enumerateCells({ ...NASBENCH_101, maxVertices: 5 });
    const hashes = hashCells(cells);
    const lines = Array.from({ length: cells.count }, (_, i) => `${hashText(hashes, i)}\n`).join('');
    expect(cells.count).toBe(file.upTo5Vertices.cells);
    expect(createHash('sha256').update(lines).digest('hex')).toBe(file.upTo5Vertices.sha256OfHashLines);
  });

  it.each([2, 3, 4, 5, 6, 7])('numbers of cells and labeled graphs up to %i vertices', (maxVertices) => {
    const cells = enumerateCells({ ...NASBENCH_101, maxVertices });
    expect(cells.byVertices).toEqual(Object.values(file.cumulativeUniqueCells).slice(0, maxVertices - 1));
    expect(cells.labeledGraphs).toBe(file.cumulativeLabeledGraphs[maxVertices]);
  });
});

describe('networks.json', () => {
  interface ChannelVector {
    readonly name: string;
    readonly matrix: number[][];
    readonly inputChannels: number;
    readonly outputChannels: number;
    readonly channels: number[];
  }
  interface NetworkVector extends Graph {
    readonly name: string;
    readonly config: Omit<NetworkConfig, 'batchNormMomentum' | 'batchNormEpsilon'>;
    readonly trainableParameters: number;
    readonly multiplyAdds: number;
  }
  const file = read<{ channels: ChannelVector[]; networks: NetworkVector[] }>('networks.json');

  it.each(file.channels)('channels: $name, $inputChannels to $outputChannels', (vector) => {
    expect(vertexChannels(vector.inputChannels, vector.outputChannels, vector.matrix)).toEqual(vector.channels);
  });

  it.each(file.networks)('costs: $name', (vector) => {
    const { trainableParameters, multiplyAdds } = vector;
    const config = { ...NETWORK_PRESETS.paper, ...vector.config };
    const cell = cellOf(vector);
    const plan = planNetwork(cell, config);
    expect([plan.trainableParameters, plan.multiplyAdds]).toEqual([trainableParameters, multiplyAdds]);
    expect([countParameters(cell, config), countMultiplyAdds(cell, config)]).toEqual([
      trainableParameters,
      multiplyAdds,
    ]);
  });
});

describe('encodings.json', () => {
  type PointVector = Graph & { readonly point: number[] };
  const file = read<{
    A: PointVector[];
    B: PointVector[];
    C: PointVector[];
    oneHot: (Graph & { bits: number[] })[];
    pathBits: number;
    path: (Graph & { paths: string[][]; ones: number[] })[];
  }>('encodings.json');

  const encodings: [encoding: Encoding, vectors: PointVector[]][] = [
    [encodingA(), file.A],
    [encodingB(), file.B],
    [encodingC(), file.C],
  ];

  it.each(encodings)('$name', (encoding, vectors) => {
    expect(vectors.length).toBeGreaterThan(20);
    for (const vector of vectors) expect(encoding.decode(vector.point).original).toEqual(graphOf(vector));
  });

  it('A, from a cell to its point', () => {
    expect(file.A.map((vector) => encodingA().encode(cellOf(vector)))).toEqual(file.A.map(({ point }) => point));
  });

  it('one-hot vector', () => {
    expect(file.oneHot.map((vector) => [...adjacencyOneHot(vector)])).toEqual(file.oneHot.map(({ bits }) => bits));
  });

  it('path encoding', () => {
    expect(pathCount()).toBe(file.pathBits);
    expect(file.path.map((vector) => pathIndices(cellOf(vector)))).toEqual(file.path.map(({ ones }) => ones));
    for (const vector of file.path) {
      const bits = pathEncoding(cellOf(vector));
      expect(bits).toHaveLength(file.pathBits);
      expect(vector.ones.every((one) => bits[one] === 1)).toBe(true);
      expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(vector.paths.length);
    }
  });
});

describe('invalid.json', () => {
  type Vector = Graph & { readonly name: string; readonly rule: ValidityRule; readonly reason: string };
  const file = read<{ malformed: Vector[]; outsideTheSpace: Vector[]; valid: Vector[] }>('invalid.json');

  it.each(file.malformed)('$reason: $name', (vector) => {
    expect(() => cellOf(vector)).toThrow(expect.objectContaining({ reason: vector.reason }));
    expect(() => cellOf(vector)).toThrow(InvalidCellError);
  });

  it.each(file.outsideTheSpace)('$reason under $rule: $name', (vector) => {
    const cell = cellOf(vector);
    expect(isValid(cell, NASBENCH_101, vector.rule)).toBe(false);
    expect(() => assertValid(cell, NASBENCH_101, vector.rule)).toThrow(
      expect.objectContaining({ reason: vector.reason }),
    );
  });

  it.each(file.valid)('valid under $rule: $name', (vector) => {
    expect(isValid(cellOf(vector), NASBENCH_101, vector.rule)).toBe(true);
  });
});

describe('tfrecord.json', () => {
  interface RecordVector {
    readonly moduleHash: string;
    readonly epochs: number;
    readonly repeat: number;
    readonly adjacency: string;
    readonly operations: string;
    readonly points: [epochs: number, seconds: number, train: number, validation: number, test: number][];
    readonly trainableParameters: number;
    readonly totalTime: number;
  }
  const file = read<{
    crc32c: { data: string; masked: number }[];
    files: { name: string; file: string; records: RecordVector[] }[];
    malformed: { name: string; file: string; record: number }[];
  }>('tfrecord.json');
  const METADATA = { provenance: 'synthetic' } as const;
  const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));

  it('CRC-32C, as TFRecord masks it', () => {
    const bytes = file.crc32c.map(({ data }) => Uint8Array.from(data.match(/../g) ?? [], (hex) => Number(`0x${hex}`)));
    const found = bytes.map((data) => maskedCrc32c(new DataView(data.buffer), 0, data.length));
    expect(found).toEqual(file.crc32c.map(({ masked }) => masked));
  });

  it.each(file.files)('values of $name', async (vector) => {
    const { table, records } = await importTfrecord([bytesOf(vector.file)], { metadata: METADATA });
    expect(records).toBe(vector.records.length);
    const found = Array.from(runRecords(table), (record): RecordVector => {
      const { moduleHash: hash, epochs, repeat, trainableParameters } = record;
      return {
        moduleHash: hash,
        epochs,
        repeat,
        adjacency: adjacencyOf(record.cell).flat().join(''),
        operations: labelsOf(record.cell).join(),
        points: (record.points ?? []).map((point) => [
          point.epochs,
          point.trainingTime,
          point.trainAccuracy,
          point.validationAccuracy,
          point.testAccuracy,
        ]),
        trainableParameters,
        totalTime: record.totalTime ?? Number.NaN,
      };
    });
    expect(found).toEqual(vector.records);
  });

  it.each(file.files)('bytes of $name', async (vector) => {
    const bytes = bytesOf(vector.file);
    const { table } = await importTfrecord([bytes], { metadata: METADATA });
    expect([...exportTfrecord(table)].flatMap((piece) => [...piece])).toEqual([...bytes]);
  });

  it.each(file.malformed)('refuses: $name', async (vector) => {
    const error: unknown = await importTfrecord([bytesOf(vector.file)], { metadata: METADATA }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TfrecordError);
    expect(error).toMatchObject({ record: vector.record });
  });
});
