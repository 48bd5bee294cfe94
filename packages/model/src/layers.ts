import type { Cell } from '@nasbench/graph';
import type { NetworkConfig } from './config.ts';

/** Height, width, channels of one image's activation. */
export type Shape = readonly [height: number, width: number, channels: number];

interface LayerBase {
  /** Position in `NetworkPlan.layers`. */
  readonly id: number;
  /** Unique and stable, e.g. `stack0/cell1/vertex2/conv3x3-bn-relu`: weights and random streams are named by it. */
  readonly name: string;
  /** Ids of the layers it reads, all smaller than its own. */
  readonly inputs: readonly number[];
  /** What it gives for one image. */
  readonly shape: Shape;
  /** Trainable numbers: filters, batch-norm scale and offset, dense weights and bias. Moving statistics are not counted. */
  readonly parameters: number;
  /** Multiply-adds of the convolution or matrix product for one image; everything else counts 0, as is usual. */
  readonly multiplyAdds: number;
}

/**
 * One step of a network. Convolutions and pools pad to `same`; strides are 1 but in the pools between stacks.
 * `truncate` keeps the first channels; `identity` operations add no layer.
 */
export type Layer = LayerBase &
  (
    | { readonly kind: 'input' }
    | { readonly kind: 'conv-bn-relu'; readonly kernel: number; readonly filters: number }
    | { readonly kind: 'max-pool'; readonly size: number; readonly stride: number }
    | { readonly kind: 'truncate'; readonly channels: number }
    | { readonly kind: 'sum' }
    | { readonly kind: 'concat' }
    | { readonly kind: 'global-average-pool' }
    | { readonly kind: 'dense'; readonly units: number }
  );

export type LayerKind = Layer['kind'];

/** A network as data: what to compute, in which order, and what it costs. The last layer gives the logits. */
export interface NetworkPlan {
  readonly cell: Cell;
  readonly config: NetworkConfig;
  /** Topological: a layer reads only layers before it. */
  readonly layers: readonly Layer[];
  readonly trainableParameters: number;
  /** Of one forward pass of one image. Twice this is the usual FLOP count. */
  readonly multiplyAdds: number;
}
