import { NasbenchError } from '@nasbench/foundation/errors';
import type { PlanBuilder } from './planBuilder.ts';

/**
 * An operation of a vertex: adds its layers after layer `input` and returns the id of the last one (`input` itself
 * if it adds none). `input` has `channels` channels, and so must the result, at the same height and width.
 * Parameters and multiply-adds need no code: they follow from the layers.
 */
export type Operation = (builder: PlanBuilder, input: number, channels: number) => number;

/** By the name that cells carry. */
export type Operations = Readonly<Record<string, Operation>>;

/**
 * The operations of the reference (lib/base_ops.py). To add your own, pass a larger record where one is asked for:
 * `planNetwork(cell, config, { ...OPERATIONS, 'conv5x5-bn-relu': (b, input, channels) => b.convBnRelu(input, 5, channels) })`.
 */
export const OPERATIONS: Operations = {
  'conv3x3-bn-relu': (builder, input, channels) => builder.convBnRelu(input, 3, channels),
  'conv1x1-bn-relu': (builder, input, channels) => builder.convBnRelu(input, 1, channels),
  maxpool3x3: (builder, input) => builder.maxPool(input, 3),
  identity: (_builder, input) => input,
  bottleneck3x3: (builder, input, channels) => bottleneck(builder, input, channels, 3),
  bottleneck5x5: (builder, input, channels) => bottleneck(builder, input, channels, 5),
  'maxpool3x3-conv1x1': (builder, input, channels) => builder.convBnRelu(builder.maxPool(input, 3), 1, channels),
};

/** 1x1 down to a quarter of the channels, kernel x kernel, 1x1 back. */
function bottleneck(builder: PlanBuilder, input: number, channels: number, kernel: number): number {
  if (channels < 4) {
    throw new NasbenchError(
      `too few channels: bottleneck${kernel}x${kernel} works on a quarter of ${channels} channels, expected 4 or more (raise stemFilters)`,
    );
  }
  const quarter = Math.floor(channels / 4);
  const reduced = builder.convBnRelu(input, 1, quarter);
  return builder.convBnRelu(builder.convBnRelu(reduced, kernel, quarter), 1, channels);
}

/** Adds the layers of the operation called `name`. @throws NasbenchError if it is unknown, fails or gives another shape. */
export function addOperation(
  builder: PlanBuilder,
  operations: Operations,
  name: string,
  input: number,
  channels: number,
): number {
  if (!Object.hasOwn(operations, name)) {
    throw new NasbenchError(
      `cell has operation ${JSON.stringify(name)}, expected one of ${Object.keys(operations).join(', ')}`,
    );
  }
  const result = runOperation(operations[name], name, builder, input, channels);
  if (builder.layers[result] === undefined)
    throw new NasbenchError(`operation ${name} returns ${String(result)}, expected the id of its last layer`);
  const wanted = builder.shapeOf(input).join(' x ');
  const given = builder.shapeOf(result).join(' x ');
  if (given !== wanted) throw new NasbenchError(`operation ${name} gives shape ${given}, expected ${wanted}`);
  return result;
}

/** An operation may be the user's own: what it throws is a user's mistake, and names it. */
function runOperation(
  operation: Operation,
  name: string,
  builder: PlanBuilder,
  input: number,
  channels: number,
): number {
  try {
    return operation(builder, input, channels);
  } catch (error) {
    if (error instanceof NasbenchError) throw error;
    throw new NasbenchError(
      `operation ${name} fails on ${channels} channels: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
