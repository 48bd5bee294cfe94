import { NasbenchError } from '@nasbench/foundation/errors';
import { type Cell, cellFromMatrix } from '@nasbench/graph';
import { describe, expect, test } from 'vitest';
import {
  createCostCounter,
  NETWORK_PRESETS,
  type NetworkConfig,
  type NetworkPlan,
  OPERATIONS,
  type Operation,
  type Operations,
  planNetwork,
} from '../src/index.ts';
import { CELLS, CONV1, CONV3, cell, PAPER } from './cells.ts';

function outline(plan: NetworkPlan, scope = ''): string[] {
  return plan.layers
    .filter(({ name }) => name.startsWith(scope))
    .map((layer) => {
      const inputs = layer.inputs.map((id) => plan.layers[id].name).join(' + ');
      return `${layer.name} ${layer.shape.join('x')} <- ${inputs}`;
    });
}

describe('known answers', () => {
  test.each([
    ['inception', 2_694_282],
    ['best', 32_426_634],
  ] as const)('the %s cell has %i parameters', (name, parameters) => {
    expect(planNetwork(CELLS[name], PAPER).trainableParameters).toBe(parameters);
  });

  test('the ResNet-like cell costs 5.98 GFLOP an image and has 20.3 M parameters', () => {
    const plan = planNetwork(CELLS.resnet, PAPER);
    expect((2 * plan.multiplyAdds) / 1e9).toBeCloseTo(5.98, 2);
    expect(plan.trainableParameters / 1e6).toBeCloseTo(20.3, 1);
  });

  test('the small ResNet-like network has 104 k parameters', () => {
    const config = { ...PAPER, ...NETWORK_PRESETS.small };
    expect(planNetwork(CELLS.resnet, config).trainableParameters / 1e3).toBeCloseTo(104, 0);
  });
});

describe('layers', () => {
  test('are wired as the reference wires them: truncation, sum, split, projections', () => {
    const plan = planNetwork(CELLS.uneven, { ...PAPER, ...NETWORK_PRESETS.small });
    expect(outline(plan, 'stack1/')).toEqual([
      'stack1/downsample/maxpool2x2 16x16x16 <- stack0/cell0/output/sum',
      'stack1/cell0/vertex1/projection 16x16x11 <- stack1/downsample/maxpool2x2',
      'stack1/cell0/vertex1/conv3x3-bn-relu 16x16x11 <- stack1/cell0/vertex1/projection',
      'stack1/cell0/vertex2/maxpool3x3 16x16x11 <- stack1/cell0/vertex1/conv3x3-bn-relu',
      'stack1/cell0/vertex3/conv1x1-bn-relu 16x16x11 <- stack1/cell0/vertex1/conv3x3-bn-relu',
      'stack1/cell0/vertex4/truncate 16x16x10 <- stack1/cell0/vertex1/conv3x3-bn-relu',
      'stack1/cell0/vertex4/projection 16x16x10 <- stack1/downsample/maxpool2x2',
      'stack1/cell0/vertex4/sum 16x16x10 <- stack1/cell0/vertex4/truncate + stack1/cell0/vertex4/projection',
      'stack1/cell0/vertex4/conv3x3-bn-relu 16x16x10 <- stack1/cell0/vertex4/sum',
      'stack1/cell0/output/concat 16x16x32 <- stack1/cell0/vertex2/maxpool3x3 + stack1/cell0/vertex3/conv1x1-bn-relu + stack1/cell0/vertex4/conv3x3-bn-relu',
      'stack1/cell0/output/projection 16x16x32 <- stack1/downsample/maxpool2x2',
      'stack1/cell0/output/sum 16x16x32 <- stack1/cell0/output/concat + stack1/cell0/output/projection',
    ]);
    expect(outline(plan, 'head/')).toEqual([
      'head/average 1x1x64 <- stack2/cell0/output/sum',
      'head/dense 1x1x10 <- head/average',
    ]);
  });

  test('a 2-vertex cell is one projection', () => {
    const plan = planNetwork(CELLS.direct, { ...PAPER, stacks: 2, cellsPerStack: 1, stemFilters: 4 });
    expect(outline(plan)).toEqual([
      'input 32x32x3 <- ',
      'stem/conv3x3-bn-relu 32x32x4 <- input',
      'stack0/cell0/output/projection 32x32x4 <- stem/conv3x3-bn-relu',
      'stack1/downsample/maxpool2x2 16x16x4 <- stack0/cell0/output/projection',
      'stack1/cell0/output/projection 16x16x8 <- stack1/downsample/maxpool2x2',
      'head/average 1x1x8 <- stack1/cell0/output/projection',
      'head/dense 1x1x10 <- head/average',
    ]);
    expect(plan.layers.map(({ parameters }) => parameters)).toEqual([0, 108 + 8, 16 + 8, 0, 32 + 16, 0, 80 + 10]);
    expect(plan.multiplyAdds).toBe(1024 * (108 + 16) + 256 * 32 + 80);
  });

  test.each(Object.keys(CELLS) as (keyof typeof CELLS)[])(
    'of the %s cell have unique names and come after their inputs',
    (name) => {
      const { layers } = planNetwork(CELLS[name], PAPER);
      expect(new Set(layers.map((layer) => layer.name)).size).toBe(layers.length);
      for (const [position, { id, inputs }] of layers.entries()) {
        expect(id).toBe(position);
        for (const input of inputs) expect(input).toBeLessThan(id);
      }
    },
  );

  test('unused vertices do not show', () => {
    const padded = cell('0-1 1-2 2-4 0-4 0-3', CONV3, CONV3, CONV1);
    expect(planNetwork(padded, PAPER).layers).toEqual(planNetwork(CELLS.resnet, PAPER).layers);
  });

  test('odd image sizes round up when halved', () => {
    const sizes = planNetwork(CELLS.direct, { ...PAPER, imageSize: 7 }).layers.map(({ shape }) => shape[0]);
    expect(new Set(sizes)).toEqual(new Set([7, 4, 2, 1]));
  });
});

describe('operations', () => {
  const config = { ...PAPER, stemFilters: 10, stacks: 1, cellsPerStack: 1 };
  const interior = (operation: string) =>
    outline(planNetwork(cell('0-1 1-2', operation), config), 'stack0/cell0/vertex1/')
      .slice(1)
      .map((line) => line.split('/')[3]);

  test.each([
    [CONV3, ['conv3x3-bn-relu 32x32x10 <- stack0']],
    [CONV1, ['conv1x1-bn-relu 32x32x10 <- stack0']],
    ['maxpool3x3', ['maxpool3x3 32x32x10 <- stack0']],
    ['identity', []],
    [
      'bottleneck3x3',
      [
        'conv1x1-bn-relu 32x32x2 <- stack0',
        'conv3x3-bn-relu 32x32x2 <- stack0',
        'conv1x1-bn-relu-2 32x32x10 <- stack0',
      ],
    ],
    [
      'bottleneck5x5',
      [
        'conv1x1-bn-relu 32x32x2 <- stack0',
        'conv5x5-bn-relu 32x32x2 <- stack0',
        'conv1x1-bn-relu-2 32x32x10 <- stack0',
      ],
    ],
    ['maxpool3x3-conv1x1', ['maxpool3x3 32x32x10 <- stack0', 'conv1x1-bn-relu 32x32x10 <- stack0']],
  ])('%s', (operation, expected) => {
    expect(interior(operation)).toEqual(expected);
  });

  test('the ResNet-50-like configuration plans', () => {
    const plan = planNetwork(cell('0-1 1-2 0-2', 'bottleneck3x3'), { ...PAPER, cellsPerStack: 6 });
    expect(plan.layers.filter(({ kind }) => kind === 'conv-bn-relu')).toHaveLength(1 + 18 * 5);
  });

  test('may be your own', () => {
    const operations = {
      ...OPERATIONS,
      residual3x3: (builder, input, channels) => builder.sum([input, builder.convBnRelu(input, 3, channels)]),
    } satisfies typeof OPERATIONS;
    const plan = planNetwork(cell('0-1 1-2', 'residual3x3'), config, operations);
    expect(outline(plan, 'stack0/cell0/vertex1/').map((line) => line.split(' ')[0].split('/')[3])).toEqual([
      'projection',
      'conv3x3-bn-relu',
      'sum',
    ]);
    expect(() => planNetwork(cell('0-1 1-2', 'residual3x3'), config)).toThrow(
      /"residual3x3", expected one of conv3x3-bn-relu,/,
    );
  });

  test('that change the shape are refused', () => {
    const operations = {
      half: (builder, input, channels) => builder.convBnRelu(input, 1, channels / 2),
    } satisfies typeof OPERATIONS;
    expect(() => planNetwork(cell('0-1 1-2', 'half'), config, operations)).toThrow(
      /^operation half gives shape 32 x 32 x 5, expected 32 x 32 x 10$/,
    );
  });

  test.each<[string, Operation, string]>([
    [
      'throw',
      () => {
        throw new TypeError('no such layer');
      },
      'operation own fails on 10 channels: no such layer',
    ],
    ['return nothing', (() => undefined) as unknown as Operation, 'operation own returns undefined, expected the id'],
    ['return a layer that is not there', () => 99, 'operation own returns 99, expected the id of its last layer'],
  ])('that %s are refused', (_, own, message) => {
    for (const count of [planNetwork, (c: Cell, n: NetworkConfig, o: Operations) => createCostCounter(n, o)(c)])
      expect(() => count(cell('0-1 1-2', 'own'), config, { own })).toThrow(message);
  });
});

describe('refusals are one line that names value and expectation', () => {
  test.each([
    ['imageSize', 0, 'an integer from 1 to 1024'],
    ['imageSize', 2.5, 'an integer from 1 to 1024'],
    ['imageChannels', -1, 'an integer from 1 to 1024'],
    ['labels', 1, 'an integer from 2 to 100000'],
    ['stemFilters', Number.NaN, 'an integer from 1 to 4096'],
    ['stacks', 9, 'an integer from 1 to 8'],
    ['cellsPerStack', '3', 'an integer from 1 to 100'],
    ['batchNormMomentum', 1, 'a number from 0 to below 1'],
    ['batchNormEpsilon', 0, 'a number above 0, at most 1'],
    ['stemFilters', undefined, 'an integer from 1 to 4096'],
  ])('%s = %s', (key, value, expected) => {
    const config = { ...PAPER, [key]: value } as NetworkConfig;
    const shown = typeof value === 'string' ? JSON.stringify(value) : value;
    expect(() => planNetwork(CELLS.resnet, config)).toThrow(
      new NasbenchError(`network config: ${key} is ${shown}, expected ${expected}`),
    );
  });

  test('a disconnected cell', () => {
    const disconnected = cellFromMatrix(
      [
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      ['input', CONV3, 'output'],
    );
    expect(() => planNetwork(disconnected, PAPER)).toThrow(/^cell is disconnected/);
  });

  test('too narrow a stem', () => {
    expect(() => planNetwork(CELLS.inception, { ...PAPER, stemFilters: 3 })).toThrow(/^too few channels: 4 vertices/);
    expect(() => planNetwork(cell('0-1 1-2', 'bottleneck5x5'), { ...PAPER, stemFilters: 3 })).toThrow(
      /^too few channels: bottleneck5x5 works on a quarter of 3 channels, expected 4 or more/,
    );
  });
});
