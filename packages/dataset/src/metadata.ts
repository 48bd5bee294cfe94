import type { CellSpace } from '@nasbench/graph';
import type { NetworkConfig } from '@nasbench/model';
import { TableFormatError } from './errors.ts';
import type { TfrecordForm } from './tfrecord/form.ts';

/** Version of the file layout that this package writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

export const PROVENANCES = ['official', 'regenerated', 'surrogate', 'synthetic'] as const;
/** Where numbers come from: the published table, training by this project's code, a fitted model, or a generator of test data. */
export type Provenance = (typeof PROVENANCES)[number];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a table says about itself, kept in the Arrow schema under `nasbench.*` keys. */
export interface TableMetadata {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly provenance: Provenance;
  /** Training budgets in epochs, ascending. */
  readonly epochs: readonly number[];
  /** Runs of every cell and budget. */
  readonly repeats: number;
  /** Limits and operations of the space that the cells belong to. At most 8 vertices, so that the edge mask fits 32 bits. */
  readonly space: CellSpace;
  /** The images trained on: name, sizes, what was absent; null if unknown. */
  readonly images: Json;
  readonly network: NetworkConfig | null;
  readonly training: Json;
  readonly codeVersion: string;
  /** Root seed of the regeneration. */
  readonly seed: string | null;
  /** What computed the numbers, such as `tfjs-wasm 4.22.0`; null: unknown, or more than one. */
  readonly engine: string | null;
  /** What computed the numbers, if it was more than one: the columns `engine_E` say which it was for each run. */
  readonly engines?: readonly string[];
  /** The file that operations of the space were loaded from; absent: all are of `@nasbench/model`. */
  readonly ownOperations?: { readonly file: string; readonly sha256: string };
  readonly notes?: string;
  /** What the TFRecord file that the table was imported from has beside its columns; absent if it is as the official ones. */
  readonly tfrecord?: TfrecordForm;
  /** Only metrics at the end of the runs are kept: no `half_`, `start_` and `total_time` columns. Absent: all are. */
  readonly finalOnly?: boolean;
  /** Of a surrogate: the model that made the numbers, what it was fitted on and how far it was off. */
  readonly surrogate?: Json;
}

/** Key of a field in the Arrow schema; its value is the field as JSON text. */
const KEYS: Record<keyof TableMetadata, string> = {
  formatVersion: 'nasbench.format_version',
  provenance: 'nasbench.provenance',
  epochs: 'nasbench.epochs',
  repeats: 'nasbench.repeats',
  space: 'nasbench.space',
  images: 'nasbench.images',
  network: 'nasbench.network',
  training: 'nasbench.training',
  codeVersion: 'nasbench.code_version',
  seed: 'nasbench.seed',
  engine: 'nasbench.engine',
  engines: 'nasbench.engines',
  ownOperations: 'nasbench.own_operations',
  notes: 'nasbench.notes',
  tfrecord: 'nasbench.tfrecord',
  finalOnly: 'nasbench.final_only',
  surrogate: 'nasbench.surrogate',
};

const isPositiveInteger = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSpace(value: unknown): value is CellSpace {
  if (!isObject(value)) return false;
  const { maxVertices, maxEdges, operations } = value;
  return (
    isPositiveInteger(maxVertices) &&
    maxVertices >= 2 &&
    maxVertices <= 8 &&
    isPositiveInteger(maxEdges) &&
    Array.isArray(operations) &&
    operations.every((operation) => isText(operation) && operation !== '' && !operation.includes(',')) &&
    new Set(operations).size === operations.length
  );
}

function isEngineList(value: unknown): boolean {
  const isSome = Array.isArray(value) && value.length >= 2 && value.length <= 255;
  return isSome && value.every(isText) && new Set(value).size === value.length;
}

function isOwnOperations(value: unknown): boolean {
  return isObject(value) && isText(value.file) && isText(value.sha256);
}

function isTfrecordForm(value: unknown): value is TfrecordForm {
  if (!isObject(value)) return false;
  const { base64, checkpointPaths = {} } = value;
  const isPlain = base64 === undefined || base64 === 'plain';
  return isPlain && isObject(checkpointPaths) && Object.values(checkpointPaths).every(isText);
}

const isAscending = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || values[i - 1] < value);

/** Every field's test and, for the message, what it should have been. */
const RULES: Record<keyof TableMetadata, readonly [(value: unknown) => boolean, string]> = {
  formatVersion: [(value) => value === FORMAT_VERSION, `${FORMAT_VERSION}`],
  provenance: [(value) => PROVENANCES.some((provenance) => provenance === value), `one of ${PROVENANCES.join(', ')}`],
  epochs: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isPositiveInteger) && isAscending(value),
    'ascending positive integers',
  ],
  repeats: [isPositiveInteger, 'a positive integer'],
  space: [isSpace, '{maxVertices of 2 .. 8, maxEdges, operations: distinct names without commas}'],
  images: [(value) => value !== undefined, 'a JSON value'],
  network: [(value) => value === null || isObject(value), 'an object or null'],
  training: [(value) => value !== undefined, 'a JSON value'],
  codeVersion: [isText, 'a text'],
  seed: [(value) => value === null || isText(value), 'a text or null'],
  engine: [(value) => value === null || isText(value), 'a text or null'],
  engines: [(value) => value === undefined || isEngineList(value), 'two or more distinct texts, at most 255'],
  ownOperations: [(value) => value === undefined || isOwnOperations(value), '{file, sha256}: texts'],
  notes: [(value) => value === undefined || isText(value), 'a text'],
  tfrecord: [(value) => value === undefined || isTfrecordForm(value), '{base64: "plain", checkpointPaths: texts}'],
  finalOnly: [(value) => value === undefined || typeof value === 'boolean', 'true or false'],
  surrogate: [(value) => value === undefined || isObject(value), 'an object'],
};

const FIELDS = Object.keys(KEYS) as (keyof TableMetadata)[];

/** What is wrong with metadata, or undefined. */
export function metadataProblem(metadata: Readonly<Partial<Record<keyof TableMetadata, unknown>>>): string | undefined {
  for (const field of FIELDS) {
    const [holds, expected] = RULES[field];
    const value = metadata[field];
    if (!holds(value)) return `metadata field ${field}: expected ${expected}, found ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** Metadata as key-value pairs of an Arrow schema. */
export function metadataToPairs(metadata: TableMetadata): [string, string][] {
  return FIELDS.flatMap((field) => {
    const value = metadata[field];
    return value === undefined ? [] : [[KEYS[field], JSON.stringify(value)] as [string, string]];
  });
}

/** Metadata from key-value pairs of an Arrow schema; `source` names the file in messages. */
export function metadataFromPairs(pairs: ReadonlyMap<string, string>, source: string): TableMetadata {
  const version = pairs.get(KEYS.formatVersion);
  if (version === undefined) {
    throw new TableFormatError(
      `${source}: an Arrow file, but not a NAS-Bench table: its schema has no ${KEYS.formatVersion}`,
    );
  }
  if (Number(version) > FORMAT_VERSION) {
    throw new TableFormatError(
      `${source}: table format ${version} is newer than ${FORMAT_VERSION}, the newest that this version reads`,
    );
  }
  const metadata: Partial<Record<keyof TableMetadata, unknown>> = {};
  for (const field of FIELDS) {
    const text = pairs.get(KEYS[field]);
    if (text === undefined) continue;
    try {
      metadata[field] = JSON.parse(text);
    } catch (cause) {
      throw new TableFormatError(`${source}: schema metadata ${KEYS[field]} is not JSON: ${text.slice(0, 60)}`, {
        cause,
      });
    }
  }
  const problem = metadataProblem(metadata);
  if (problem !== undefined) throw new TableFormatError(`${source}: ${problem}`);
  return metadata as unknown as TableMetadata;
}
