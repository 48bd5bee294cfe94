export type { Augmentation } from './batches/pixels.ts';
export { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoints/checkpoint.node.ts';
export {
  type CheckpointInterval,
  type CheckpointStore,
  checkpointFile,
  checkpointFolder,
  newestCheckpoint,
} from './checkpoints/checkpointStore.node.ts';
export { OtherRunError, type RunIdentity } from './checkpoints/runIdentity.ts';
export { TensorFileError } from './checkpoints/safetensors.ts';
export {
  BACKENDS,
  type BackendName,
  describeEngine,
  ENGINE_CHOICES,
  type Engine,
  type EngineChoice,
  type EngineOptions,
} from './engines/engine.ts';
export { EngineFailureError } from './engines/engineFailure.ts';
export { startBackend } from './engines/startBackend.node.ts';
export { ImageFileError } from './images/imageFile.node.ts';
export { type ImageName, parseImageName } from './images/imageName.node.ts';
export type { ImageOptions, ImageSet, ImageSplit, SplitName } from './images/imageSet.ts';
export { loadImages } from './images/loadImages.node.ts';
export { sampleOf, trainingCount } from './images/trainingImages.ts';
export { PRESETS, type Preset } from './presets.ts';
export type { TrainingConfig } from './procedure/config.ts';
export type { RmsPropConfig } from './procedure/rmsProp.ts';
export type { EvaluationPoint, RunHistory, RunState } from './procedure/runState.ts';
export { type SampleMetrics, sampleMetrics } from './procedure/sampleMetrics.ts';
export type { ScheduleName } from './procedure/schedule.ts';
export { type StepCounts, stepCounts } from './procedure/stepCounts.ts';
export {
  assertTrainable,
  type TrainingOptions,
  type TrainingResult,
  type TrainingSetup,
  trainCell,
} from './procedure/trainCell.ts';
export type { Moment, TrainingProgress } from './procedure/trainOnce.ts';
