import { createRandom, normal } from '@nasbench/foundation/random';

/** Seeded columns that look like those of the real table: no number in them is a measurement. */
export function syntheticTable(cells: number, seed: number) {
  const random = createRandom(seed, 'viz', cells);
  const trainableParameters = new Float64Array(cells);
  const trainingTime = new Float64Array(cells);
  const train = new Float64Array(cells);
  const validation = new Float64Array(cells);
  const test = new Float64Array(cells);
  for (let i = 0; i < cells; i++) {
    const size = random.float();
    trainableParameters[i] = Math.round(227274 + 49e6 * size * size * size * (0.4 + 0.6 * random.float()));
    trainingTime[i] = 480 + 4900 * size * size * (0.5 + 0.5 * random.float());
    const failed = random.int(200) === 0;
    const accuracy = failed
      ? 0.1 + 0.5 * random.float()
      : Math.min(0.955, 0.895 + 0.04 * size + 0.014 * normal(random));
    validation[i] = accuracy;
    test[i] = Math.max(0, accuracy - 0.006 + 0.003 * normal(random));
    train[i] = failed ? accuracy : Math.min(1, accuracy + 0.055 + 0.004 * normal(random));
  }
  return { trainableParameters, trainingTime, train, validation, test };
}

/** Runs of one cell, each evaluated at start, half and end. */
export function syntheticRuns(budgets: readonly number[], repeats: number, seed: number) {
  return budgets.flatMap((epochs) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const random = createRandom(seed, 'runs', epochs, repeat);
      const end = 0.95 - 0.9 / (epochs + 1) ** 0.8;
      const point = (at: number, accuracy: number) => ({
        epochs: at,
        trainAccuracy: Math.min(1, accuracy * 1.04 + 0.01 * random.float()),
        validationAccuracy: accuracy + 0.02 * (random.float() - 0.5),
        testAccuracy: accuracy - 0.008 + 0.02 * (random.float() - 0.5),
      });
      return { epochs, repeat, points: [point(0, 0.1), point(epochs / 2, end * 0.8), point(epochs, end)] };
    }),
  );
}

export function syntheticNoise(cells: number, scale: number, seed: number): number[] {
  const random = createRandom(seed, 'noise');
  return Array.from({ length: cells }, () => scale * Math.abs(normal(random)));
}
