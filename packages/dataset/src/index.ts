export {
  type ColumnMetric,
  type ColumnSpec,
  epochsColumns,
  METRICS,
  type Metric,
  metricColumn,
  POINTS,
  type Point,
  requiredColumns,
  scheduledEpochs,
} from './columns.ts';
export { columnNames, columnValues } from './columnValues.ts';
export { decodeTable } from './decodeTable.ts';
export { type ColumnValues, multiplyAddsNetwork } from './derivedColumns.ts';
export { describeProvenance, surrogateError } from './describeProvenance.ts';
export { type EncodeOptions, encodeTable, encodeTableInPieces } from './encodeTable.ts';
export {
  ConflictError,
  InvalidMetadataError,
  InvalidRecordError,
  MissingRunError,
  OutOfDomainError,
  type OutOfDomainReason,
  TableFormatError,
} from './errors.ts';
export type { EvaluateOptions, Evaluation, EvaluationRequest, Evaluator } from './evaluate.ts';
export { exportCsv } from './export/csv.ts';
export { finalMetrics } from './export/finalMetrics.ts';
export type { ExportOptions } from './export/flatColumns.ts';
export { exportJson, exportJsonLines } from './export/json.ts';
export { compileExpression, type Expression, evaluateExpression } from './expressions/expression.ts';
export { ExpressionError, UnknownColumnError } from './expressions/expressionError.ts';
export { FORMAT_VERSION, type Json, PROVENANCES, type Provenance, type TableMetadata } from './metadata.ts';
export {
  type BudgetCounters,
  type CellMetrics,
  type CellRow,
  NASBench,
  type OpenOptions,
  type QueryOptions,
  type QueryResult,
} from './nasbench.ts';
export { openTable, type TableLocation } from './openTable.ts';
export { type PackedCells, packCells } from './packedCells.ts';
export { adjacencyOf, labelsOf } from './recordedCell.ts';
export type { EvaluationPoint, EvaluationPoints, RecordedCell, RunRecord } from './records.ts';
export { meanOverRepeats, rankRows, stdOverRepeats } from './repeats.ts';
export { type RunCounts, runCounts } from './runCounts.ts';
export { type RunDifference, runDifferences } from './runDifferences.ts';
export { type RunMetrics, runRecords, runsOf } from './runs.ts';
export { type Selection, selectRows } from './select.ts';
export type { BenchmarkTable } from './table.ts';
export { buildTable, TableBuilder } from './tableBuilder.ts';
export { tableFromColumns } from './tableFromColumns.ts';
export { type CellColumns, isPresent, type MetricColumn } from './tableSource.ts';
export { TfrecordError } from './tfrecord/errors.ts';
export { exportTfrecord } from './tfrecord/exportTfrecord.ts';
export { type ImportOptions, type ImportResult, importTfrecord, type Sha256 } from './tfrecord/importTfrecord.ts';
export { hasOfficialSize } from './tfrecord/officialFiles.ts';
export { type SyntheticOptions, syntheticTfrecord } from './tfrecord/syntheticTfrecord.ts';
