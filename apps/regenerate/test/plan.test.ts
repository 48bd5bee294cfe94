import { parseCell } from '@nasbench/graph';
import { OPERATIONS } from '@nasbench/model';
import { PRESETS } from '@nasbench/trainer';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../src/configuration/configuration.ts';
import { cellsToCalibrate } from '../src/plan/calibrate.ts';
import { countWork, passesOfRun } from '../src/plan/countWork.ts';
import { describePlan } from '../src/plan/describePlan.ts';
import { fitSpeed, type Measurement, secondsOf } from '../src/plan/estimate.ts';
import { needsOf } from '../src/plan/needs.ts';
import { countPaperRun, trainsLikePaper } from '../src/plan/paperRun.ts';
import { costCounter } from '../src/pool/trainUnit.ts';
import { CONFIGURATION, WORK } from './runs.ts';

const PAPER: Configuration = {
  ...CONFIGURATION,
  images: {
    ...CONFIGURATION.images,
    size: 32,
    train: 40_000,
    trainEvaluation: 10_000,
    validation: 10_000,
    test: 10_000,
  },
  network: { ...PRESETS.paper.network },
  training: JSON.parse(JSON.stringify(PRESETS.paper.training)),
};
const FULL = { space: { maxVertices: 7, maxEdges: 9 }, cells: null, epochs: [4, 12, 36, 108], repeats: 3 };

/** A cell of so many multiply-adds whose time follows a line. */
const measured = (multiplyAdds: number, offset: number, slope: number): Measurement => ({
  multiplyAdds,
  batchSize: 32,
  steps: 10,
  secondsPerImage: offset + slope * multiplyAdds,
  secondsPerEvaluatedImage: 0.25 * (offset + slope * multiplyAdds),
  setUpSeconds: 0.5,
  computing: 1,
  peakBytes: 1,
});

describe('countWork', () => {
  it('knows the numbers of the paper', () => {
    const count = countWork(PAPER, FULL);
    expect(count.units.length).toBe(423_624 * 4 * 3);
    expect(count.parameters).toMatchObject({ least: 227_274, most: 49_979_274 });
    // 160 epochs x 3 repeats of 40 000 images; three evaluations of three times 9 984 images a run.
    expect(count.passes).toEqual({ trained: 160 * 3 * 40_000, evaluated: 3 * 3 * 9_984 * 12 });
    expect(count.trainingMultiplyAdds).toBe(count.multiplyAdds.sum * count.passes.trained * 3);
    // The same without a list of the runs, whatever is planned.
    const { trainingMultiplyAdds, evaluationMultiplyAdds, passes, multiplyAdds } = count;
    const paper = countPaperRun();
    expect(paper).toMatchObject({ trainingMultiplyAdds, evaluationMultiplyAdds, passes, multiplyAdds });
    expect(paper.units).toMatchObject({ cellCount: 423_624, length: 5_083_488 });
    const inOrder = paper.costs.multiplyAdds.toSorted();
    expect(count.costs.multiplyAdds.toSorted().every((value, rank) => value === inOrder[rank])).toBe(true);
    const row = 314_159;
    const { multiplyAdds: ofCell } = costCounter(PAPER, undefined)(parseCell(paper.units.at(row).cell));
    expect(ofCell).toBe(paper.costs.multiplyAdds[row]);
  });

  it("takes a plan for the paper's only with its network, procedure and image size", () => {
    expect(trainsLikePaper(PAPER)).toBe(true);
    expect(trainsLikePaper({ ...PAPER, network: { ...PRESETS.tiny.network } })).toBe(false);
    expect(trainsLikePaper({ ...PAPER, training: { ...PAPER.training, batchSize: 32 } })).toBe(false);
    expect(trainsLikePaper({ ...PAPER, images: { ...PAPER.images, size: 16 } })).toBe(false);
  });

  it('counts further evaluations, statistics and both splits where they are trained on', () => {
    const training = { ...PAPER.training, trainOn: 'train-and-validation', evaluateEvery: 5, statisticsBatches: 2 };
    const { trained, evaluated } = passesOfRun({ ...PAPER, training }, 12);
    expect(trained).toBe(Math.floor((12 * 50_000) / 256) * 256);
    expect(evaluated).toBe(3 * (3 * 9_984 + 512) + 2 * (9_984 + 512));
  });
});

describe('fitSpeed', () => {
  it('finds the line that the times are on', () => {
    const speed = fitSpeed([1e6, 1e7, 1e9].map((multiplyAdds) => measured(multiplyAdds, 1e-4, 2e-10)));
    expect(speed.secondsPerImage).toBeCloseTo(1e-4, 12);
    expect(speed.secondsPerMultiplyAdd).toBeCloseTo(2e-10, 18);
    expect(speed).toMatchObject({ setUpSeconds: 0.5, evaluationShare: 0.25 });
    expect(speed.spread).toBeLessThan(1e-9);
  });

  it('gives all to the multiply-adds of one cell, and never less than nothing', () => {
    const alone = fitSpeed([measured(1e6, 0, 3e-10)]);
    expect(alone.secondsPerImage).toBe(0);
    expect(alone.secondsPerMultiplyAdd).toBeCloseTo(3e-10, 18);
    const falling = fitSpeed([measured(1e6, 2, -1e-6), measured(1.5e6, 2, -1e-6)]);
    expect(falling.secondsPerMultiplyAdd).toBe(0);
    const steep = fitSpeed([measured(1e6, -0.5, 1e-6), measured(2e6, -0.5, 1e-6)]);
    expect(steep.secondsPerImage).toBe(0);
    expect(steep.spread).toBeGreaterThan(0.1);
  });

  it('adds up to the time of all runs', () => {
    const small = { ...PAPER, network: { ...PRESETS.tiny.network } };
    const count = countWork(small, WORK);
    const one = {
      secondsPerImage: 1e-3,
      secondsPerMultiplyAdd: 1e-10,
      setUpSeconds: 2,
      evaluationShare: 0.5,
      spread: 0,
    };
    let expected = 0;
    for (let index = 0; index < count.units.length; index++) {
      const { trained, evaluated } = passesOfRun(small, count.units.epochsOf(index));
      const perImage = 1e-3 + 1e-10 * count.costs.multiplyAdds[count.units.cellOf(index)];
      expected += 2 + (trained + 0.5 * evaluated) * perImage;
    }
    expect(secondsOf(count, one)).toBeCloseTo(expected, 3);
  });
});

describe('a plan', () => {
  const count = countWork(PAPER, WORK);

  it('calibrates with small batches where large ones would take too long', () => {
    const cells = cellsToCalibrate(count, PAPER, 4, true);
    expect(cells).toHaveLength(4);
    for (const { batchSize, multiplyAdds } of cells)
      expect(batchSize * multiplyAdds * 3).toBeLessThanOrEqual(Math.max(3e9, 3 * multiplyAdds));
    expect(cellsToCalibrate(count, PAPER, 4, false).every(({ batchSize }) => batchSize === 128)).toBe(true);
  });

  it('says what its hours rest on', () => {
    const needs = needsOf(PAPER, count, OPERATIONS);
    const measurements = [1e8, 1e9].map((multiplyAdds) => ({ ...measured(multiplyAdds, 0, 3e-10), computing: 0.4 }));
    const speed = fitSpeed(measurements);
    const seconds = secondsOf(count, speed);
    const paper = { measurements: [measured(1e9, 0, 2e-10)], speed, seconds: 3600 * 24 * 365.25 * 300 };
    const text = describePlan({
      work: WORK,
      configuration: PAPER,
      count,
      paper: countPaperRun(),
      needs,
      workers: 3,
      seconds: 6,
      engines: [
        { engine: 'wasm', description: 'W 1', device: null, measurements, speed, seconds, paper },
        { engine: 'webgpu', absent: 'no adapter' },
      ],
    });
    expect(text).toContain('28 = 7 cells x 2 budgets (1, 2 epochs) x 2 repeats');
    expect(text).toContain('estimated from 2 cells, at least 6 s each, on W 1, one core of this machine');
    expect(text).toContain('other programs took up to 60 % of the core');
    expect(text).toContain('webgpu: no adapter');
    expect(text).toContain(
      "paper's full run  5 083 488 = 423 624 cells x 4 budgets (4, 12, 36, 108 epochs) x 3 repeats",
    );
    expect(text).toContain(
      "wasm: the paper's full run would take 2 630 000 core hours, 100 years with 3 workers; from 1 cell of its network",
    );
    expect(text).toContain('runs would be stopped by trainingTimeLimit (14400 s)');
    expect(needs.memory).toBeGreaterThan(16 * count.parameters.most);
  });
});
