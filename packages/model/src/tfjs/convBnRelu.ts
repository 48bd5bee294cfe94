import * as tf from '@tensorflow/tfjs-core';
import { channelMeans, scaleChannels } from './channelwise.ts';
import { convFilterGradient, convInputGradient } from './convGradients.ts';
import { differentiable } from './differentiable.ts';

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
  const { filter, scale, offset, movingMean, movingVariance } = weights;
  const count = x.shape[0] * x.shape[1] * x.shape[2];
  return differentiable(inputsOf(weights, x, differentiateInput), () => {
    const y = tf.conv2d(x, filter, 1, 'same');
    const mean = channelMeans(y);
    const centered = scaleChannels(y, tf.onesLike(mean), tf.neg(mean));
    const variance = channelMeans(tf.square(centered));
    if (momentum < 1) {
      updateAverage(movingMean, mean, momentum);
      updateAverage(movingVariance, tf.mul(variance, count / Math.max(count - 1, 1)), momentum);
    }
    const inverse: tf.Tensor1D = tf.rsqrt(tf.add(variance, epsilon));
    const factor: tf.Tensor1D = tf.mul(scale, inverse);
    const value = scaleChannels(centered, factor, offset, 'relu');
    return {
      value,
      save: { x, filter, centered, value, inverse, factor },
      gradient: (dValue, saved) => {
        const g: tf.Tensor4D = tf.mul(dValue, tf.step(saved.value));
        const meanG = channelMeans(g);
        // Of g times the normalised y: its sum is what reaches the scale.
        const meanGY: tf.Tensor1D = tf.mul(channelMeans(tf.mul(g, saved.centered)), saved.inverse);
        // dy = factor * (g - meanG - normalised y * meanGY)
        const alongY: tf.Tensor1D = tf.neg(tf.mul(tf.mul(saved.factor, saved.inverse), meanGY));
        const alongG = scaleChannels(g, saved.factor, tf.neg(tf.mul(saved.factor, meanG)));
        const dy: tf.Tensor4D = tf.add(alongG, scaleChannels(saved.centered, alongY));
        const dWeights = [
          convFilterGradient(saved.x, dy, saved.filter.shape[0]),
          tf.mul(meanGY, count),
          tf.mul(meanG, count),
        ];
        return differentiateInput ? [...dWeights, convInputGradient(dy, saved.filter)] : dWeights;
      },
    };
  });
}

/**
 * The same with the moving averages, as constants, in place of the batch's: one convolution with scaled filters, bias
 * and ReLU.
 */
export function convBnReluEvaluate(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  epsilon: number,
  differentiateInput: boolean,
): tf.Tensor4D {
  const { filter, scale, offset, movingMean, movingVariance } = weights;
  const count = x.shape[0] * x.shape[1] * x.shape[2];
  return differentiable(inputsOf(weights, x, differentiateInput), () => {
    const inverse: tf.Tensor1D = tf.rsqrt(tf.add(movingVariance, epsilon));
    const factor: tf.Tensor1D = tf.mul(scale, inverse);
    const value: tf.Tensor4D = tf.fused.conv2d({
      x,
      filter: tf.mul<tf.Tensor4D>(filter, factor),
      strides: 1,
      pad: 'same',
      bias: tf.sub(offset, tf.mul(movingMean, factor)),
      activation: 'relu',
    });
    const shift: tf.Tensor1D = tf.neg(tf.mul(movingMean, inverse));
    return {
      value,
      save: { x, filter, value, inverse, factor, shift },
      gradient: (dValue, saved) => {
        const g: tf.Tensor4D = tf.mul(dValue, tf.step(saved.value));
        const normalized = scaleChannels(tf.conv2d(saved.x, saved.filter, 1, 'same'), saved.inverse, saved.shift);
        const dy = scaleChannels(g, saved.factor);
        const dWeights = [
          convFilterGradient(saved.x, dy, saved.filter.shape[0]),
          tf.mul(channelMeans(tf.mul(g, normalized)), count),
          tf.mul(channelMeans(g), count),
        ];
        return differentiateInput ? [...dWeights, convInputGradient(dy, saved.filter)] : dWeights;
      },
    };
  });
}

/** What gets a gradient, in this order. */
function inputsOf(
  { filter, scale, offset }: ConvBnReluWeights,
  x: tf.Tensor4D,
  differentiateInput: boolean,
): tf.Tensor[] {
  return differentiateInput ? [filter, scale, offset, x] : [filter, scale, offset];
}

function updateAverage(average: tf.Variable<tf.Rank.R1>, value: tf.Tensor, momentum: number): void {
  average.assign(tf.add(tf.mul(average, momentum), tf.mul(value, 1 - momentum)));
}
