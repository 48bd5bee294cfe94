import { formatDuration, formatNumber, formatTable } from '@nasbench/terminal';
import { type Configuration, setupOf } from '../configuration/configuration.ts';
import type { Work } from '../configuration/regenerationFile.ts';
import { type Countable, passesOfRun, type WorkCount } from './countWork.ts';
import { type Estimate, type Measurement, type Speed, trainingSecondsOf } from './estimate.ts';
import type { Needs } from './needs.ts';
import { PAPER_WORK, type PaperRun } from './paperRun.ts';

/** How long the work takes on an engine, or why it is not here. */
export type EnginePlan =
  | { readonly engine: string; readonly absent: string }
  | (Estimate & {
      readonly engine: string;
      readonly description: string;
      readonly device: string | null;
      readonly paper: PaperPlan;
    });

/** How long the paper's full run would take on the same engine, or why that is not known. */
export type PaperPlan = { readonly absent: string } | Estimate;

interface Plan {
  readonly work: Work;
  readonly configuration: Configuration;
  readonly count: WorkCount;
  readonly paper: PaperRun;
  readonly needs: Needs;
  readonly engines: readonly EnginePlan[];
  readonly workers: number;
  /** of the calibration, each cell */
  readonly seconds: number;
}

/** A plan for people. */
export function describePlan(plan: Plan): string {
  const { work, configuration, count, paper, needs, engines } = plan;
  const { units, parameters, multiplyAdds, trainingMultiplyAdds, evaluationMultiplyAdds, passes } = count;
  const { images } = configuration;
  const rows = [
    ['runs', runsOf(units, work)],
    [
      'images',
      `${images.description}: ${images.size} x ${images.size} x ${images.channels}, ${formatNumber(images.train)} trained on, ${formatNumber(images.trainEvaluation + images.validation + images.test)} evaluated at three points`,
    ],
    [
      'parameters',
      `${formatNumber(parameters.least)} to ${formatNumber(parameters.most)}, ${quantity(parameters.sum / units.cellCount)} on average, ${quantity(parameters.sum)} in all cells`,
    ],
    [
      'multiply-adds',
      `${quantity(multiplyAdds.least)} to ${quantity(multiplyAdds.most)} for one image forward, ${quantity(multiplyAdds.sum / units.cellCount)} on average`,
    ],
    [
      'training',
      `${quantity(trainingMultiplyAdds)} multiply-adds: ${formatNumber(passes.trained)} images a cell, forward and backward (3 times forward)`,
    ],
    [
      'evaluation',
      `${quantity(evaluationMultiplyAdds)} multiply-adds: ${formatNumber(passes.evaluated)} images a cell, forward`,
    ],
    [
      'memory',
      `at least ${bytes(needs.memory)} a worker for the largest cell (${needs.imagesAtOnce} images at once): results of its layers, weights, gradients, slots`,
    ],
    [
      'disk',
      `${bytes(needs.journals)} of journals, ${bytes(needs.table)} of table, up to ${bytes(needs.checkpoint)} of checkpoint a worker`,
    ],
    [
      "paper's full run",
      `${runsOf(paper.units, PAPER_WORK)}; ${quantity(paper.trainingMultiplyAdds)} multiply-adds in training, ${quantity(paper.evaluationMultiplyAdds)} in evaluation`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  if (engines.length > 0) lines.push('', enginesTable(plan), ...engines.flatMap((engine) => basisOf(engine, plan)));
  return lines.join('\n');
}

function runsOf({ length, cellCount }: Countable['units'], { epochs, repeats }: Work): string {
  return `${formatNumber(length)} = ${formatNumber(cellCount)} cells x ${epochs.length} budgets (${epochs.join(', ')} epochs) x ${repeats} repeats`;
}

function enginesTable({ engines, count, workers }: Plan): string {
  const header = ['engine', 'images/s', 'core hours', `with ${countOf(workers, 'worker')}`];
  return formatTable([
    header,
    ...engines.map((plan) => {
      if ('absent' in plan) return [plan.engine, 'absent', '', ''];
      const { speed, seconds } = plan;
      const average = count.multiplyAdds.sum / count.units.cellCount;
      const imagesPerSecond = 1 / (speed.secondsPerImage + average * speed.secondsPerMultiplyAdd);
      return [
        plan.engine,
        imagesPerSecond.toPrecision(3),
        hours(seconds / 3600),
        // A worker has whole runs; the last ones of the others are waited for.
        years(Math.max(seconds / workers, seconds / count.units.length)),
      ];
    }),
  ]);
}

/** What the hours of an engine rest on, in words. */
function basisOf(plan: EnginePlan, { seconds, configuration, count, work, workers }: Plan): string[] {
  if ('absent' in plan) return [`${plan.engine}: ${plan.absent}`];
  const { measurements, speed, device, description } = plan;
  const batches = measurements.map(({ batchSize }) => batchSize);
  const [least, most] = [Math.min(...batches), Math.max(...batches)];
  const busy = Math.min(...measurements.map(({ computing }) => computing));
  const { training } = setupOf(configuration);
  const lines = [
    `${plan.engine}: estimated from ${measurements.length} cells, at least ${seconds} s each, on ${description}, ${device ?? 'one core of this machine'}; ` +
      `batches of ${least === most ? least : `${least} to ${most}`} images; an image in training takes ${milliseconds(speed.secondsPerImage)} and ${milliseconds(speed.secondsPerMultiplyAdd * 1e9)} for every 1e9 multiply-adds forward, in evaluation ${Math.round(100 * speed.evaluationShare)} % of that; spread +-${Math.ceil(100 * speed.spread)} %`,
  ];
  if (device === null && busy < 0.9)
    lines.push(
      `${plan.engine}: other programs took up to ${Math.round(100 * (1 - busy))} % of the core; the hours are those of a core at rest`,
    );
  const late = shareAbove(training.trainingTimeLimit, configuration, count, work, speed);
  if (late > 0)
    lines.push(
      `${plan.engine}: ${(100 * late).toFixed(1)} % of the runs would be stopped by trainingTimeLimit (${training.trainingTimeLimit} s); the hours are those of whole runs`,
    );
  lines.push(`${plan.engine}: ${paperHours(plan.paper, plan.measurements, workers)}`);
  return lines;
}

function paperHours(paper: PaperPlan, ofPlan: readonly Measurement[], workers: number): string {
  if ('absent' in paper) return `how long the paper's full run would take is not known: ${paper.absent}`;
  const { measurements, speed, seconds } = paper;
  const basis = measurements === ofPlan ? 'the cells above' : `${countOf(measurements.length, 'cell')} of its network`;
  return `the paper's full run would take ${hours(Number((seconds / 3600).toPrecision(3)))} core hours, ${years(seconds / workers)} with ${countOf(workers, 'worker')}; from ${basis}, spread +-${Math.ceil(100 * speed.spread)} %, and the multiply-adds of all of its cells`;
}

/** The share of runs whose training steps take longer than the limit. */
function shareAbove(
  limit: number | null,
  configuration: Configuration,
  { costs }: WorkCount,
  { epochs }: Work,
  speed: Speed,
): number {
  if (limit === null) return 0;
  const cells = costs.multiplyAdds.length;
  let late = 0;
  for (const budget of epochs) {
    const passes = passesOfRun(configuration, budget);
    for (let row = 0; row < cells; row++) if (trainingSecondsOf(passes, costs.multiplyAdds[row], speed) > limit) late++;
  }
  return late / (cells * epochs.length);
}

/** `2.69 M`, `3.21e+15`. */
function quantity(value: number): string {
  const units: readonly [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  if (value >= 1e12) return value.toExponential(2);
  const [scale, unit] = units.find(([least]) => value >= least) ?? [1, ''];
  return `${(value / scale).toPrecision(3)}${unit === '' ? '' : ` ${unit}`}`;
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${(value / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

const milliseconds = (seconds: number): string => `${(1000 * seconds).toPrecision(3)} ms`;

const hours = (value: number): string => (value < 10 ? value.toPrecision(2) : formatNumber(Math.round(value)));

const countOf = (count: number, thing: string): string => `${formatNumber(count)} ${thing}${count === 1 ? '' : 's'}`;

const YEAR = 365.25 * 86_400;

const years = (seconds: number): string =>
  seconds < YEAR ? formatDuration(seconds) : `${formatNumber(Number((seconds / YEAR).toPrecision(3)))} years`;
