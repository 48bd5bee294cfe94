import { NasbenchError } from '@nasbench/foundation/errors';

/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes with the length of the header, the header
 * as JSON, then the values of all tensors without gaps, little-endian. Here: F32 and F64.
 *
 *     { "__metadata__": { KEY: TEXT, .. }, NAME: { "dtype": "F32", "shape": [3, 3], "data_offsets": [0, 36] }, .. }
 */

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The bytes are not such a file: cut off, damaged, or something else. */
export class TensorFileError extends NasbenchError {
  override readonly name: string = 'TensorFileError';
}

const TYPES = { F32: Float32Array, F64: Float64Array } as const;
/** Larger headers are refused by the format's own library too. */
const LONGEST_HEADER = 100_000_000;

/** The file in pieces, the header first; values are views, not copies. */
export function encodeTensors({ metadata, tensors }: TensorFile): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    const end = offset + values.byteLength;
    header[name] = { dtype: values instanceof Float32Array ? 'F32' : 'F64', shape, data_offsets: [offset, end] };
    pieces.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that values are aligned in the file.
  const text = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  text.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return [length, text, ...pieces];
}

/**
 * @param source names the file in messages
 * @throws TensorFileError for anything that {@link encodeTensors} does not write: nothing is read past its end, and no
 *   more memory is taken than the file has bytes
 */
export function decodeTensors(bytes: Uint8Array, source: string): TensorFile {
  if (bytes.length < 8) throw new TensorFileError(`${source} has ${bytes.length} bytes, expected a safetensors file`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > LONGEST_HEADER || 8 + Number(length) > bytes.length)
    throw new TensorFileError(`${source}: the header is said to have ${length} bytes, the file has ${bytes.length}`);
  const start = 8 + Number(length);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, start), source);
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw new TensorFileError(`${source}: __metadata__ is not texts by name`);
  const data = bytes.subarray(start);
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const [name, entry] of Object.entries(entries)) {
    const tensor = decodeTensor(entry, data, offset);
    if (tensor === undefined)
      throw new TensorFileError(
        `${source}: tensor ${JSON.stringify(name.slice(0, 80))} is ${shorten(entry)}, expected an F32 or F64 one that starts at ` +
          `byte ${offset} and ends before ${data.length}`,
      );
    tensors.set(name, tensor);
    offset += tensor.values.byteLength;
  }
  if (offset !== data.length)
    throw new TensorFileError(`${source}: ${data.length} bytes of values, expected ${offset} for its tensors`);
  return { metadata: metadata as Record<string, string>, tensors };
}

function parseHeader(bytes: Uint8Array, source: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(header)) return header;
  } catch {
    // Said below.
  }
  throw new TensorFileError(`${source}: the header is not a JSON object, expected a safetensors file`);
}

/** The tensor, copied; undefined if the entry does not describe one at `offset`. */
function decodeTensor(entry: unknown, data: Uint8Array, offset: number): Tensor | undefined {
  if (!isObject(entry) || !Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) return undefined;
  const Values = Object.hasOwn(TYPES, String(entry.dtype)) ? TYPES[entry.dtype as keyof typeof TYPES] : undefined;
  const shape: unknown[] = entry.shape;
  const isShape = shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
  if (Values === undefined || !isShape) return undefined;
  const size = (shape as number[]).reduce((product, length) => product * length, 1);
  const end = offset + size * Values.BYTES_PER_ELEMENT;
  if (entry.data_offsets[0] !== offset || entry.data_offsets[1] !== end || end > data.length) return undefined;
  const values = new Values(size);
  new Uint8Array(values.buffer).set(data.subarray(offset, end));
  return { shape: shape as number[], values };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shorten(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 120);
}
