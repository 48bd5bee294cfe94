/** A model of a whole table, small enough to ship: prediction and expansion. Fitting is in the app `surrogate`. */

export { CELL_FEATURES, createFeatureWriter, type FeatureWriter } from './cellFeatures.ts';
export { type ExpandOptions, expandSurrogate } from './expandSurrogate.ts';
export { accuracyOf, accuracyRange, type CellPredictions, createPredictor, linear } from './predict.ts';
export {
  type BudgetModel,
  type Curve,
  MODEL_VERSION,
  parseSurrogateModel,
  type SurrogateError,
  type SurrogateFit,
  type SurrogateModel,
  SurrogateModelError,
  valueOf,
} from './surrogateModel.ts';
export { type CompiledTrees, compileTrees, type SymmetricTrees } from './symmetricTrees.ts';
export { TIME_TERM_COUNT, writeTimeTerms } from './timeTerms.ts';
