import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean softmax cross-entropy in natural logarithms, as one differentiable operation: TensorFlow.js's own would need
 * gradients of its parts, and its core registers none in Node.
 *
 * @param logits n x classes
 * @param labels n integers of 0 .. classes - 1
 */
export function crossEntropy(logits: tf.Tensor2D, labels: Uint8Array): tf.Scalar {
  const [count, classes] = logits.shape;
  return tf.customGrad((...inputs) => {
    const save = inputs[1] as tf.GradSaveFunc;
    const target = oneHot(labels, classes);
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const exponentials = tf.exp(shifted);
    const sums = tf.sum(exponentials, 1, true);
    const logProbabilities = tf.sub(shifted, tf.log(sums));
    save([tf.div(tf.sub(tf.div(exponentials, sums), target), count)]);
    return {
      value: tf.div(tf.neg(tf.sum(tf.mul(target, logProbabilities))), count),
      gradFunc: (dy: tf.Tensor, [gradient]: tf.Tensor[]) => tf.mul(gradient, dy),
    };
  })(logits) as tf.Scalar;
}

function oneHot(labels: Uint8Array, classes: number): tf.Tensor2D {
  const values = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) values[i * classes + labels[i]] = 1;
  return tf.tensor2d(values, [labels.length, classes]);
}
