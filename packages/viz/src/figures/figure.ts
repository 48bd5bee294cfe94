/** Where numbers come from; the words of the table's metadata. */
export type Provenance = 'official' | 'regenerated' | 'surrogate' | 'synthetic';

/** A picture with what has to be known about it. */
export interface Figure {
  /** kebab-case name of the kind of figure, e.g. `ecdf` */
  readonly name: string;
  readonly title: string;
  /** What is shown, its units, n and where the numbers come from, in full sentences. */
  readonly caption: string;
  /** Self-contained SVG: no scripts, ids, styles or links; the same data give the same bytes. */
  readonly svg: string;
  /** pixels */
  readonly width: number;
  readonly height: number;
  /** The figure's numbers for tables and `--json`: accuracies as fractions, times in seconds. */
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** Every figure's data say where they come from. */
export interface FigureSource {
  readonly provenance: Provenance;
  /** More about the origin, e.g. `mini.arrow: MNIST, preset small, 2 532 cells`. */
  readonly source?: string;
}

/** How a figure is drawn, whatever its data. */
export interface FigureOptions {
  /** Replaces the figure's own title. */
  readonly title?: string;
  /** pixels; default 520, at least 280 */
  readonly width?: number;
  /** The document to draw in; default the page's own, in Node one of linkedom. */
  readonly document?: Document;
}

const PROVENANCE_WORDS: Readonly<Record<Provenance, string>> = {
  official: 'official (NAS-Bench-101 release)',
  regenerated: 'regenerated (trained with this project)',
  surrogate: 'surrogate (predicted, not measured)',
  synthetic: 'synthetic (made-up numbers)',
};

/** `provenance: surrogate (predicted, not measured), nasbench surrogate v1` */
export function provenanceText({ provenance, source }: FigureSource): string {
  return `provenance: ${PROVENANCE_WORDS[provenance]}${source ? `; ${source}` : ''}`;
}

export function isProvenance(text: unknown): text is Provenance {
  return typeof text === 'string' && Object.hasOwn(PROVENANCE_WORDS, text);
}
