import * as Plot from '@observablehq/plot';
import { defaultDocument } from '#document';
import { linearAxis } from '../drawing/axis.ts';
import { seriesStyle } from '../drawing/colors.ts';
import { type Block, contentWidth } from '../drawing/frame.ts';
import { formatInteger } from '../drawing/numbers.ts';
import { drawPanel } from '../drawing/panel.ts';
import { type Column, checkColumn, checkLengths } from './columns.ts';
import type { Figure, FigureOptions, FigureSource } from './figure.ts';
import { checkSource, epochsText, makeFigure } from './makeFigure.ts';
import { mean } from './statistics.ts';
import { accuracyPanel, checkRuns, type TrainingCurvePoint } from './trainingCurves.ts';

export interface TrainingRunData extends FigureSource {
  /** Name or module hash of the cell. */
  readonly cell: string;
  readonly epochs: number;
  readonly points: readonly TrainingCurvePoint[];
  /** One value a step. */
  readonly losses: Column;
  readonly learningRates: Column;
}

/** A line has about so many points at most: with more steps, one for each group of equal size. */
const POINTS_AT_MOST = 400;

/**
 * One run in three panels: loss and learning rate by step, accuracies at the evaluated points. Numbers: `steps`, the last
 * `loss`, and the accuracies at the end.
 *
 * @throws NasbenchError for values that are not finite, fewer than 2 steps or points, accuracies outside [0, 1]
 */
export function trainingRunFigure(data: TrainingRunData, options: FigureOptions = {}): Figure {
  const width = checkSource('training-run', data, options);
  const { cell, epochs, points, losses, learningRates } = data;
  const runs = { ...data, runs: [{ epochs, repeat: 0, points }] };
  checkRuns(runs.runs);
  checkColumn('training-run', 'losses', losses);
  checkColumn('training-run', 'learningRates', learningRates, { minimum: 0 });
  checkLengths('training-run', { losses, learningRates });
  const inner = contentWidth(width);
  const last = points[points.length - 1];
  const group = Math.ceil(losses.length / POINTS_AT_MOST);
  return makeFigure(
    {
      name: 'training-run',
      title: `Training of ${cell}`,
      description:
        `Loss (weight decay included${group > 1 ? `; means of ${group} steps` : ''}) and learning rate by step, and train, ` +
        `validation and test accuracy in % at the evaluated points of one training of ${cell}.`,
      facts: [`n = 1 run (${epochsText(epochs)}, ${formatInteger(losses.length)} steps)`],
      blocks: [
        seriesPanel('loss', groupMeans(losses, group), losses.length, inner, 0, options),
        seriesPanel('learning rate', groupStarts(learningRates, group), losses.length, inner, 1, options),
        ...accuracyPanel(runs, inner, options),
      ],
      numbers: {
        steps: losses.length,
        loss: losses[losses.length - 1],
        train: last.trainAccuracy,
        validation: last.validationAccuracy,
        test: last.testAccuracy,
      },
      width,
    },
    data,
    options,
  );
}

interface SeriesPoint {
  readonly step: number;
  readonly value: number;
}

/** Means of every `group` steps, at the middle of them: single losses hide where they tend to. */
function groupMeans(values: Column, group: number): SeriesPoint[] {
  const steps = Array.from(values);
  return Array.from({ length: Math.ceil(steps.length / group) }, (_, i) => {
    const part = steps.slice(i * group, (i + 1) * group);
    return { step: i * group + part.length / 2, value: mean(part) };
  });
}

/** The first of every `group` steps: means would show learning rates that were not used, as between 0 in step 0 and the next. */
function groupStarts(values: Column, group: number): SeriesPoint[] {
  return Array.from(values, (value, step) => ({ step, value })).filter(({ step }) => step % group === 0);
}

function seriesPanel(
  label: string,
  line: readonly SeriesPoint[],
  steps: number,
  width: number,
  series: number,
  options: FigureOptions,
): Block {
  const every = line.map(({ value }) => value);
  const height = 150;
  const { element } = drawPanel({
    document: options.document ?? defaultDocument(),
    width,
    height,
    // Room for the names beside the accuracies below, so that all panels begin and end alike.
    marginRight: 80,
    x: linearAxis('step', 0, steps, { air: 0 }),
    y: linearAxis(label, Math.min(...every), Math.max(...every), { count: 4, air: 0.05, floor: 0 }),
    marks: [Plot.line(line, { x: 'step', y: 'value', stroke: seriesStyle(series).color.light, strokeWidth: 1.5 })],
  });
  return { element, height };
}
