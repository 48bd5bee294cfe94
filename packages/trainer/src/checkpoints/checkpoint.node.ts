import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { withPath, writeFileAtomically } from '@nasbench/foundation/files';
import type { WeightValues } from '@nasbench/model/tfjs';
import type { RunHistory, RunState } from '../procedure/runState.ts';
import type { RunIdentity } from './runIdentity.ts';
import { decodeTensors, encodeTensors, type Tensor, TensorFileError } from './safetensors.ts';

/** A run between two steps: enough to go on with the same bits, or to use the weights. */
export interface Checkpoint {
  readonly run: RunIdentity;
  /** 1, 2, .. */
  readonly attempt: number;
  /** wall seconds of all attempts so far */
  readonly totalTime: number;
  /** its weights are what `writeWeights` of `@nasbench/model/tfjs` takes */
  readonly state: RunState;
}

const FORMAT = 'nasbench-checkpoint';
const FORMAT_VERSION = 1;
const SLOTS = ['meanSquare', 'moment'] as const;
const SERIES = ['losses', 'learningRates'] as const;

/**
 * Writes a checkpoint as a safetensors file, whole or not at all; an older one of the same name is replaced. All weights
 * have their own names, `optimizer/meanSquare` and `optimizer/moment` hold the slots of all trainable ones after one another,
 * `history/losses` and `history/learningRates` (double precision) a number for each step. Every value of the metadata is
 * JSON: format, formatVersion, run, attempt, totalTime, step, seconds, history, crc32.
 */
export async function saveCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const { run, attempt, totalTime, state } = checkpoint;
  const { step, seconds, weights, slots } = state;
  const { losses, learningRates, ...history } = state.history;
  const tensors = new Map<string, Tensor>([
    ['history/losses', vector(Float64Array.from(losses))],
    ['history/learningRates', vector(Float64Array.from(learningRates))],
    ...weights,
    ...SLOTS.map((name) => [`optimizer/${name}`, vector(slots[name])] as const),
  ]);
  const values = { format: FORMAT, formatVersion: FORMAT_VERSION, run, attempt, totalTime, step, seconds, history };
  const metadata = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  const crc = checksum(metadata, tensors);
  const pieces = encodeTensors({ metadata: { ...metadata, crc32: JSON.stringify(crc) }, tensors });
  await writeFileAtomically(file, pieces, { force: true });
}

/** @throws TensorFileError if the file is damaged or no checkpoint; NasbenchError if it cannot be read */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw withPath(error, `cannot read ${file}`);
  });
  const { metadata, tensors } = decodeTensors(bytes, file);
  const { crc32: crc, ...rest } = metadata;
  if (metadata.format !== JSON.stringify(FORMAT))
    throw new TensorFileError(`${file}: a safetensors file, but no checkpoint of nasbench`);
  if (metadata.formatVersion !== String(FORMAT_VERSION))
    throw new TensorFileError(`${file}: format version ${metadata.formatVersion}, expected ${FORMAT_VERSION}`);
  if (crc !== JSON.stringify(checksum(rest, tensors)))
    throw new TensorFileError(`${file}: the checksum is not that of the content; the file is damaged`);
  // The checksum vouches for what is in it: nothing else writes such files.
  const { run, attempt, totalTime, step, seconds, history } = Object.fromEntries(
    Object.entries(rest).map(([key, text]) => [key, JSON.parse(text) as unknown]),
  ) as { history: Omit<RunHistory, (typeof SERIES)[number]> } & Omit<Checkpoint, 'state'> &
    Pick<RunState, 'step' | 'seconds'>;
  const take = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new TensorFileError(`${file}: no tensor ${name}`);
    return tensor;
  };
  const series = (name: (typeof SERIES)[number]) => [...take(`history/${name}`).values];
  const slot = (name: (typeof SLOTS)[number]) => take(`optimizer/${name}`).values as Float32Array;
  const weights = [...tensors].filter(([name]) => !/^(history|optimizer)\//.test(name));
  return {
    run,
    attempt,
    totalTime,
    state: {
      step,
      seconds,
      history: { ...history, losses: series('losses'), learningRates: series('learningRates') },
      weights: new Map(weights as [string, WeightValues][]),
      slots: { meanSquare: slot('meanSquare'), moment: slot('moment') },
    },
  };
}

function vector(values: Float32Array | Float64Array): Tensor {
  return { shape: [values.length], values };
}

function checksum(metadata: Readonly<Record<string, string>>, tensors: ReadonlyMap<string, Tensor>): number {
  const names = [...tensors].map(([name, { shape }]) => [name, shape]);
  let crc = crc32(JSON.stringify([Object.entries(metadata), names]));
  for (const { values } of tensors.values())
    crc = crc32(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), crc);
  return crc;
}
