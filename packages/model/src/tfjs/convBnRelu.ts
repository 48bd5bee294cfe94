import type * as tf from '@tensorflow/tfjs-core';
import { evaluatePass, trainPass } from './convBnReluStock.ts';
import { differentiable, type ForwardPass } from './differentiable.ts';
import { runOwnKernel } from './ownKernel.ts';

/** What a conv-bn-relu layer owns. */
export interface ConvBnReluWeights {
  /** kernel x kernel x input channels x filters. */
  readonly filter: tf.Variable<tf.Rank.R4>;
  /** One number per filter, here and below. */
  readonly scale: tf.Variable<tf.Rank.R1>;
  readonly offset: tf.Variable<tf.Rank.R1>;
  readonly movingMean: tf.Variable<tf.Rank.R1>;
  readonly movingVariance: tf.Variable<tf.Rank.R1>;
}

/**
 * relu(scale * (y - mean) / sqrt(variance + epsilon) + offset), y = conv(x), mean and biased variance of y over the
 * batch, as one differentiable operation.
 *
 * Updates the moving averages as TF1's fused kernel does: new = momentum * old + (1 - momentum) * batch, with the
 * unbiased variance (times N / (N - 1), N = images x pixels; if N is 1, the biased one). Momentum 1 leaves them alone.
 *
 * @param differentiateInput false spares the gradient for x
 */
export function convBnReluTrain(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  epsilon: number,
  momentum: number,
  differentiateInput: boolean,
): tf.Tensor4D {
  return differentiable<tf.Tensor4D, Record<string, tf.Tensor>>(
    inputsOf(weights, x, differentiateInput),
    () =>
      kernelPass(x, weights, { epsilon, momentum, training: true }, differentiateInput) ??
      trainPass(x, weights, epsilon, momentum, differentiateInput),
  );
}

/** The same with the moving averages, as constants, in place of the batch's. */
export function convBnReluEvaluate(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  epsilon: number,
  differentiateInput: boolean,
): tf.Tensor4D {
  return differentiable<tf.Tensor4D, Record<string, tf.Tensor>>(
    inputsOf(weights, x, differentiateInput),
    () =>
      kernelPass(x, weights, { epsilon, momentum: 1, training: false }, differentiateInput) ??
      evaluatePass(x, weights, epsilon, differentiateInput),
  );
}

/** One kernel forward, one backward; undefined where they are not registered. */
function kernelPass(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  attributes: { readonly epsilon: number; readonly momentum: number; readonly training: boolean },
  differentiateInput: boolean,
): ForwardPass<tf.Tensor4D, Record<string, tf.Tensor>> | undefined {
  const { filter, scale, offset, movingMean, movingVariance } = weights;
  const outputs = runOwnKernel('ConvBnRelu', { x, ...weights }, attributes);
  if (outputs === undefined) return undefined;
  const [value, y, statistics, newMean, newVariance] = outputs;
  const { momentum, training } = attributes;
  if (momentum < 1) {
    movingMean.assign(newMean as tf.Tensor1D);
    movingVariance.assign(newVariance as tf.Tensor1D);
  }
  return {
    value: value as tf.Tensor4D,
    save: { x, filter, scale, offset, y, statistics },
    gradient: (dValue, saved) =>
      runOwnKernel('ConvBnReluGradient', { dValue, ...saved }, { training, differentiateInput }) as tf.Tensor[],
  };
}

/** What gets a gradient, in this order. */
function inputsOf(
  { filter, scale, offset }: ConvBnReluWeights,
  x: tf.Tensor4D,
  differentiateInput: boolean,
): tf.Tensor[] {
  return differentiateInput ? [filter, scale, offset, x] : [filter, scale, offset];
}
