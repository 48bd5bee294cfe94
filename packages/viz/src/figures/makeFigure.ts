import { NasbenchError } from '@nasbench/foundation/errors';
import { type Block, framePicture } from '../drawing/frame.ts';
import { type Figure, type FigureOptions, type FigureSource, isProvenance, provenanceText } from './figure.ts';

const DEFAULT_WIDTH = 520;
const MINIMUM_WIDTH = 280;

/** The width to draw at; refuses one too small to be read, and data that do not say where they come from. */
export function checkSource(figure: string, data: FigureSource, options: FigureOptions): number {
  if (!isProvenance(data.provenance))
    throw new NasbenchError(
      `figure ${figure} needs a provenance: official, regenerated, surrogate or synthetic, got ${String(data.provenance)}`,
    );
  const width = options.width ?? DEFAULT_WIDTH;
  if (!(width >= MINIMUM_WIDTH && width <= 4000))
    throw new NasbenchError(`figure ${figure} needs a width from ${MINIMUM_WIDTH} to 4000 pixels, got ${width}`);
  return Math.round(width);
}

/** Turns the parts into a `Figure`: the caption and the note inside the picture say the same facts. */
export function makeFigure(
  parts: {
    readonly name: string;
    readonly title: string;
    /** What is shown, in sentences. */
    readonly description: string;
    /** e.g. `n = 423 624 cells`, `108 epochs` */
    readonly facts: readonly string[];
    readonly blocks: readonly Block[];
    readonly numbers: Figure['numbers'];
    readonly width: number;
  },
  data: FigureSource,
  options: FigureOptions,
): Figure {
  const { name, blocks, numbers, width } = parts;
  const title = options.title ?? parts.title;
  const note = [...parts.facts, provenanceText(data)].join(' · ');
  const { svg, height } = framePicture(width, { title, blocks, note });
  const caption = `${parts.description} ${[...parts.facts, provenanceText(data)].join('; ')}.`;
  return { name, title, caption, svg, width, height, numbers };
}

export function epochsFact(epochs: number | undefined): string[] {
  return epochs === undefined ? [] : [epochsText(epochs)];
}

export function epochsText(epochs: number): string {
  return `${epochs} epoch${epochs === 1 ? '' : 's'}`;
}
