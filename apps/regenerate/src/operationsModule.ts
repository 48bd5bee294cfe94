import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import { INPUT, OUTPUT, shortOperationName } from '@nasbench/graph';
import { OPERATIONS, type Operation, type Operations } from '@nasbench/model';

/** Operations of the user's own, with the file that they come from. */
export interface OperationsModule {
  /** absolute path */
  readonly file: string;
  /** of the file's bytes; what it imports is not covered */
  readonly sha256: string;
  /** names that the file adds, in its order */
  readonly names: readonly string[];
  /** the standard operations and the file's */
  readonly operations: Operations;
}

const EXPECTED = 'export default { name: (builder, input, channels) => id of the last layer, .. }';

/**
 * Loads a TypeScript or JavaScript module whose default export is a record of operations. The file runs in this process,
 * with all that it may do.
 *
 * @throws UsageError if the file cannot be read or loaded, or exports anything else; if a name is not made of letters,
 *   digits, `-`, `_` and `.`, or is that of another operation, standard ones included
 */
export async function loadOperations(file: string): Promise<OperationsModule> {
  const absolute = path.resolve(file);
  const bytes = await readFile(absolute).catch((error: unknown) => {
    const named = withPath(error, `cannot read operations ${file}`);
    throw named instanceof Error ? new UsageError(named.message, { cause: error }) : error;
  });
  // Only here, for it takes a tenth of a second.
  const { createJiti } = await import('jiti');
  // Nothing is kept: a cache beside the user's file would be a surprise, and a file may change between two loads.
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false, interopDefault: false });
  const loaded = await jiti.import<Record<string, unknown>>(absolute).catch((error: unknown) => {
    throw new UsageError(`cannot load operations ${file}: ${reasonOf(error)}`, { cause: error });
  });
  if (!Object.hasOwn(loaded, 'default'))
    throw new UsageError(`operations ${file} have no default export, expected ${EXPECTED}`);
  const own = ownOperations(loaded.default, file);
  return {
    file: absolute,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    names: Object.keys(own),
    operations: { ...OPERATIONS, ...own },
  };
}

function ownOperations(exported: unknown, file: string): Operations {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported))
    throw new UsageError(`operations ${file} export ${kindOf(exported)}, expected ${EXPECTED}`);
  const entries = Object.entries(exported);
  if (entries.length === 0) throw new UsageError(`operations ${file} export no operation, expected ${EXPECTED}`);
  const taken = new Map(
    Object.keys(OPERATIONS).map((name) => [shortOperationName(name), `standard operation ${name}`]),
  );
  return Object.fromEntries(
    entries.map(([name, operation]): [string, Operation] => {
      const where = `operations ${file}: ${JSON.stringify(name)}`;
      if (name === INPUT || name === OUTPUT || !/^[a-z][\w.-]*$/i.test(name))
        throw new UsageError(
          `${where} cannot be a name, expected a letter, then letters, digits, -, _ and ., and not ${INPUT} or ${OUTPUT}`,
        );
      const other = taken.get(shortOperationName(name));
      if (other !== undefined) throw new UsageError(`${where} is taken by the ${other}, expected another name`);
      taken.set(shortOperationName(name), `operation ${name}`);
      if (!isOperation(operation)) throw new UsageError(`${where} is ${kindOf(operation)}, expected a function`);
      return [name, operation];
    }),
  );
}

/** Its parameters and its result are seen when a network is planned. */
function isOperation(value: unknown): value is Operation {
  return typeof value === 'function';
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

/** One line; with the place in the file where it is no program. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const syntax = /^ParseError: (.*?)\s*\n\s*(.*):(\d+):(\d+)/s.exec(message);
  if (syntax === null) return message.replace(/\nRequire stack:.*/s, '').replaceAll(/\s+/g, ' ');
  const [, what, where, line, column] = syntax;
  return `${what.replaceAll(/\s+/g, ' ')} at ${where}:${line}:${Number(column) + 1}`;
}
