import type { Operations } from '@nasbench/model';

const operations: Operations = {
  // Costs, initial weights and gradients follow from the layers.
  residual5x5: (builder, input, channels) => builder.sum([input, builder.convBnRelu(input, 5, channels)]),
};

export default operations;
