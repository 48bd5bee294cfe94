/** Metrics of a network at one moment of its training. Structurally the trainer's type; neither package knows the other. */
export interface EvaluationPoint {
  /** Epochs trained so far; the budget at the end, unless training stopped at its time limit. */
  readonly epochs: number;
  /** Seconds spent in training steps so far; evaluation and checkpoints excluded. */
  readonly trainingTime: number;
  /** Fractions in [0, 1]. */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
  readonly testAccuracy: number;
}

/** Start, halfway and end of one run. */
export type EvaluationPoints = readonly [EvaluationPoint, EvaluationPoint, EvaluationPoint];

/** A pruned cell as one row of a table holds it. */
export interface RecordedCell {
  readonly vertices: number;
  /** Bit x + y(y-1)/2 is the edge x -> y. */
  readonly edges: number;
  /** Operations of the interior vertices, in vertex order. */
  readonly operations: readonly string[];
}

/** One training run: a cell, a budget, a repeat and what came out. */
export interface RunRecord {
  /** 32 lower-case hexadecimal digits. */
  readonly moduleHash: string;
  readonly cell: RecordedCell;
  readonly trainableParameters: number;
  /** The budget, one of the table's `epochs`. */
  readonly epochs: number;
  /** 0 .. repeats - 1. */
  readonly repeat: number;
  /** null: the run failed in every attempt. */
  readonly points: EvaluationPoints | null;
  /** Wall-clock seconds of the whole run with its evaluations; null if nobody measured it. */
  readonly totalTime: number | null;
  /** What computed it, such as `tfjs-wasm 4.22.0`; absent: what the metadata say. */
  readonly engine?: string;
}
