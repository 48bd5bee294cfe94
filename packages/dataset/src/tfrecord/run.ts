import { type ColumnMetric, type ColumnSpec, POINTS } from '../columns.ts';

/** Places in `Run.values`: for start, half and end the five doubles of the point in the order of the protobuf; then the total time. */
export const POINT_VALUES = 5;
export const TOTAL_TIME = 15;
export const RUN_VALUES = 16;

/** Names of the protobuf's fields in the order of `Run.values`. */
export const POINT_FIELDS = [
  'current_epoch',
  'training_time',
  'train_accuracy',
  'validation_accuracy',
  'test_accuracy',
] as const;

/** One record of a file as numbers; one object serves for all records. */
export interface Run {
  /** The module hash. */
  readonly hash: Uint8Array;
  vertices: number;
  /** Bit x + y(y-1)/2 is x -> y. */
  edges: number;
  /** Interior operations as digits, the last vertex least significant. */
  operations: number;
  /** Whether hash, vertices, edges and operations are those of the record before. */
  isSameCell: boolean;
  epochs: number;
  parameters: number;
  readonly values: Float64Array;
  hasTotalTime: boolean;
  /** Of the three points; null: none has one. */
  checkpointPaths: (string | null)[] | null;
  /** Whether the base64 has line breaks. */
  mime: boolean;
}

export function createRun(): Run {
  return {
    hash: new Uint8Array(16),
    vertices: 0,
    edges: 0,
    operations: 0,
    isSameCell: false,
    epochs: 0,
    parameters: 0,
    values: new Float64Array(RUN_VALUES),
    hasTotalTime: false,
    checkpointPaths: null,
    mime: true,
  };
}

/** Metrics of columns in the order of `Run.values`. */
export const METRIC_PLACES: readonly ColumnMetric[] = [
  'epochs',
  'training_time',
  'train_accuracy',
  'validation_accuracy',
  'test_accuracy',
];

/** Place of a column's values in `Run.values`. */
export function placeOf({ metric, point }: Pick<ColumnSpec, 'metric' | 'point'>): number {
  if (metric === 'total_time') return TOTAL_TIME;
  return POINTS.indexOf(point) * POINT_VALUES + METRIC_PLACES.indexOf(metric);
}
