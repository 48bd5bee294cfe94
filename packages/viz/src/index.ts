export { type CellDrawingOptions, type CellsDrawingOptions, drawCell, drawCells } from './cells/drawCell.ts';
export type { GraphOptions } from './cells/graphPicture.ts';
export { darkRules } from './drawing/colors.ts';
export { type AccuracyTimeData, accuracyTimeFigure } from './figures/accuracyTime.ts';
export type { Column } from './figures/columns.ts';
export { type AccuracyTimeParametersData, accuracyTimeParametersFigure } from './figures/cost.ts';
export { type EcdfData, ecdfFigure } from './figures/ecdf.ts';
export type { Figure, FigureOptions, FigureSource, Provenance } from './figures/figure.ts';
export { type TrainingCurvePoint, type TrainingCurvesData, trainingCurvesFigure } from './figures/trainingCurves.ts';
export { type TrainingRunData, trainingRunFigure } from './figures/trainingRun.ts';
export {
  type Report,
  type ReportDrawing,
  type ReportSection,
  type ReportTable,
  renderReport,
} from './report/renderReport.ts';
