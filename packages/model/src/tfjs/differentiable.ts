import * as tf from '@tensorflow/tfjs-core';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What a layer computes, and how to go back. Both run in a `tidy` of their own. */
export interface ForwardPass<Value extends tf.Tensor, Saved extends Tensors> {
  readonly value: Value;
  /** Kept until the backward pass, by name. */
  readonly save: Saved;
  /** Gradients for the inputs, in their order. */
  gradient(dValue: Value, saved: Saved): tf.Tensor[];
}

/**
 * One differentiable operation of `inputs`. Every layer is one, so that no gradient needs to be registered with tfjs
 * (tfjs-core alone registers none in Node), and none is slower or less exact than it must be.
 */
export function differentiable<Value extends tf.Tensor, Saved extends Tensors>(
  inputs: readonly tf.Tensor[],
  forward: () => ForwardPass<Value, Saved>,
): Value {
  return tf.customGrad((...inputsAndSave) => {
    const pass = forward();
    const { value, save } = pass;
    const names = Object.keys(save);
    (inputsAndSave[inputs.length] as tf.GradSaveFunc)(names.map((name) => save[name]));
    return {
      value,
      gradFunc: (dValue: Value, saved: tf.Tensor[]) =>
        tf.tidy(() => pass.gradient(dValue, Object.fromEntries(names.map((name, i) => [name, saved[i]])) as Saved)),
    };
  })(...inputs);
}
