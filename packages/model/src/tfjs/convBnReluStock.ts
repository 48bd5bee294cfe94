import * as tf from '@tensorflow/tfjs-core';
import { channelMeans, scaleChannels } from './channelwise.ts';
import type { ConvBnReluWeights } from './convBnRelu.ts';
import { convFilterGradient, convInputGradient } from './convGradients.ts';
import type { ForwardPass } from './differentiable.ts';

/** See `convBnReluTrain`. */
export function trainPass(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  epsilon: number,
  momentum: number,
  differentiateInput: boolean,
): ForwardPass<
  tf.Tensor4D,
  Record<'x' | 'filter' | 'centered' | 'value', tf.Tensor4D> & Record<'inverse' | 'factor', tf.Tensor1D>
> {
  const { filter, scale, offset, movingMean, movingVariance } = weights;
  const count = x.shape[0] * x.shape[1] * x.shape[2];
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
}

/** See `convBnReluEvaluate`. */
export function evaluatePass(
  x: tf.Tensor4D,
  weights: ConvBnReluWeights,
  epsilon: number,
  differentiateInput: boolean,
): ForwardPass<
  tf.Tensor4D,
  Record<'x' | 'filter' | 'value', tf.Tensor4D> & Record<'inverse' | 'factor' | 'shift', tf.Tensor1D>
> {
  const { filter, scale, offset, movingMean, movingVariance } = weights;
  const count = x.shape[0] * x.shape[1] * x.shape[2];
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
}

function updateAverage(average: tf.Variable<tf.Rank.R1>, value: tf.Tensor, momentum: number): void {
  average.assign(tf.add(tf.mul(average, momentum), tf.mul(value, 1 - momentum)));
}
