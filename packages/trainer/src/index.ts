export type { Augmentation } from './batches/pixels.ts';
export { EngineFailureError } from './engines/engineFailure.ts';
export { BACKENDS, type BackendName, type Engine, startBackend } from './engines/startBackend.node.ts';
export { ImageFileError } from './images/idx.node.ts';
export type { ImageOptions, ImageSet, ImageSplit, SplitName } from './images/imageSet.ts';
export { loadImages } from './images/loadImages.node.ts';
export { PRESETS, type Preset } from './presets.ts';
export type { TrainingConfig } from './procedure/config.ts';
export type { RmsPropConfig } from './procedure/rmsProp.ts';
export type { ScheduleName } from './procedure/schedule.ts';
export { type StepCounts, stepCounts } from './procedure/stepCounts.ts';
export {
  assertTrainable,
  type TrainingOptions,
  type TrainingResult,
  type TrainingSetup,
  trainCell,
} from './procedure/trainCell.ts';
export type { EvaluationPoint, TrainingProgress } from './procedure/trainOnce.ts';
