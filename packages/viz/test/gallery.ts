import { createRandom } from '@nasbench/foundation/random';
import { type Cell, cellFromMatrix } from '@nasbench/graph';
import {
  accuracyTimeFigure,
  accuracyTimeParametersFigure,
  drawCell,
  drawCells,
  ecdfFigure,
  type Figure,
  type FigureOptions,
  trainingCurvesFigure,
  trainingRunFigure,
} from '../src/index.ts';
import { syntheticNoise, syntheticRuns, syntheticTable } from './data.ts';

const SOURCE = { provenance: 'synthetic', source: 'seeded test columns' } as const;

/** Every kind of figure in every form that it can take, each from seeded columns. */
export const FIGURES: Readonly<Record<string, (options?: FigureOptions) => Figure>> = {
  ecdf: (options) => {
    const { train, validation, test } = syntheticTable(300, 1);
    const series = [
      { label: 'train', values: train },
      { label: 'validation', values: validation },
      { label: 'test', values: test },
    ];
    return ecdfFigure({ ...SOURCE, series, quantity: 'accuracy', epochs: 108 }, options);
  },
  'ecdf-noise': (options) =>
    ecdfFigure(
      {
        ...SOURCE,
        series: [4, 12, 36, 108].map((epochs, i) => ({
          label: `${epochs} epochs`,
          values: syntheticNoise(150, [0.06, 0.05, 0.011, 0.005][i], epochs),
        })),
        quantity: 'standard deviation of test accuracy over the repeats',
        scale: 'log',
      },
      options,
    ),
  'ecdf-one-series': (options) =>
    ecdfFigure(
      {
        ...SOURCE,
        series: [{ label: 'all cells', values: syntheticTable(40, 2).trainingTime }],
        quantity: 'training time',
        unit: 's',
      },
      options,
    ),
  cost: (options) => {
    const table = syntheticTable(400, 3);
    return accuracyTimeParametersFigure({ ...SOURCE, ...table, accuracy: table.test, epochs: 108 }, options);
  },
  'cost-large': (options) => {
    const table = syntheticTable(12_500, 4);
    return accuracyTimeParametersFigure({ ...SOURCE, ...table, accuracy: table.test, epochs: 108 }, options);
  },
  'accuracy-time': (options) => {
    const { trainingTime, test } = syntheticTable(400, 5);
    const highlights = [
      { label: 'ResNet-like', trainingTime: [1500], accuracy: [0.925] },
      { label: 'Inception-like', trainingTime: [1155], accuracy: [0.931] },
      { label: 'neighbours', trainingTime: trainingTime.slice(0, 12), accuracy: test.slice(0, 12) },
    ];
    return accuracyTimeFigure({ ...SOURCE, trainingTime, accuracy: test, epochs: 108, highlights }, options);
  },
  'accuracy-time-large': (options) => {
    const { trainingTime, validation } = syntheticTable(12_500, 6);
    return accuracyTimeFigure(
      { ...SOURCE, trainingTime, accuracy: validation, accuracyLabel: 'validation accuracy' },
      options,
    );
  },
  'training-curves': (options) =>
    trainingCurvesFigure({ ...SOURCE, cell: 'a cell', runs: syntheticRuns([12], 3, 7) }, options),
  'training-curves-budgets': (options) =>
    trainingCurvesFigure({ ...SOURCE, cell: 'a cell', runs: syntheticRuns([4, 12, 36, 108], 2, 8) }, options),
  'training-run': (options) => {
    const [{ epochs, points }] = syntheticRuns([12], 1, 9);
    const random = createRandom(9, 'losses');
    const fractions = Array.from({ length: 1500 }, (_, step) => step / 1500);
    return trainingRunFigure(
      {
        ...SOURCE,
        cell: 'a cell',
        epochs,
        points,
        losses: fractions.map((done) => 2.4 / (1 + 8 * done) + 0.3 * random.float()),
        learningRates: fractions.map((done) => (done === 0 ? 0 : 0.2 * (1 - done) ** 2)),
      },
      options,
    );
  },
};

const [C3, C1, POOL] = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'];

export const INCEPTION = cell('0111010/0000001/0000001/0000100/0000001/0000001/0000000', C1, C3, C3, C3, POOL);
export const BEST = cell('0110011/0000010/0001000/0000100/0000010/0000001/0000000', C1, C3, POOL, C3, C3);
export const RESNET = cell('0101/0010/0001/0000', C3, C3);
export const ONE_EDGE = cell('01/00');
export const HALF_USED = cell('010101/001000/000001/000000/000001/000000', C1, C3, POOL, 'bottleneck3x3');
export const DISCONNECTED = cell('010/000/000', C1);

export const DRAWINGS: Readonly<Record<string, () => string>> = {
  'cell-inception': () =>
    drawCell(INCEPTION, { title: 'Inception-like', subtitle: '28cfc7874f6d200472e1a9dcd8650aa0' }),
  'cell-channels': () => drawCell(INCEPTION, { channels: { input: 128, output: 130 } }),
  'cell-original': () => drawCell(HALF_USED, { form: 'original' }),
  'cell-one-edge': () => drawCell(ONE_EDGE, { channels: { input: 64, output: 128 } }),
  cells: () =>
    drawCells(
      [
        { cell: INCEPTION, title: 'Inception-like' },
        { cell: BEST, title: 'Best of the table', subtitle: 'mean test accuracy 94.32 % (official)' },
        { cell: RESNET, title: 'ResNet-like' },
      ],
      { columns: 2 },
    ),
};

function cell(rows: string, ...operations: string[]): Cell {
  const matrix = rows.split('/').map((row) => Array.from(row, Number));
  return cellFromMatrix(matrix, ['input', ...operations, 'output']);
}
