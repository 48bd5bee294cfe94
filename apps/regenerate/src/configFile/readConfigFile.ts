import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import { spellingDistance } from '@nasbench/foundation/spelling';
import { parseImageName } from '@nasbench/trainer';
import type * as z from 'zod';
import { parseJson } from './parseJson.ts';
import { ConfigFile } from './schema.ts';

/**
 * A file of `--config` as it was given, its paths made absolute.
 *
 * @throws UsageError naming the file, the key, what was found and expected
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw withPath(error, `cannot read ${file}`);
  });
  const parsed = ConfigFile.safeParse(parseJson(text, file), { reportInput: true });
  if (!parsed.success) throw new UsageError(`${file}: ${describeIssue(parsed.error.issues[0], [])}`);
  const config = parsed.data;
  const folder = path.dirname(path.resolve(file));
  const absoluteImages = (name: string): string => {
    try {
      return parseImageName(name, folder).absolute;
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`${file}: images: ${error.message}`);
      throw error;
    }
  };
  const { images, operationsModule, cells } = config;
  return {
    ...config,
    images: typeof images === 'string' ? absoluteImages(images) : { ...images, name: absoluteImages(images.name) },
    ...(operationsModule === undefined ? {} : { operationsModule: path.resolve(folder, operationsModule) }),
    ...(typeof cells === 'string' ? { cells: path.resolve(folder, cells) } : {}),
  };
}

type Issue = z.core.$ZodIssue;

/** `training.batchSize is "x", expected an integer of at least 1`. */
function describeIssue(issue: Issue, above: readonly PropertyKey[]): string {
  const at = [...above, ...issue.path];
  // Of the forms that a value may have, the one that it comes nearest to.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.find(([first]) => first.path.length > 0 || first.code !== 'invalid_type');
    if (nearest !== undefined) return describeIssue(nearest[0], at);
    const expected = issue.errors.map(([first]) => first.message).join(' or ');
    return wrongValue(at, issue.input, expected);
  }
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const known = keysAt(at);
    const near = nearestName(key, known);
    const expected = near === undefined ? `one of ${known.join(', ')}` : `perhaps ${near}`;
    return `unknown key ${[...at, key].join('.')}, expected ${expected}`;
  }
  return wrongValue(at, issue.input, issue.message);
}

function wrongValue(at: readonly PropertyKey[], value: unknown, expected: string): string {
  const json = value === undefined ? 'missing' : JSON.stringify(value);
  const found = json.length > 60 ? `${json.slice(0, 57)}...` : json;
  return `${at.join('.') || 'the document'} is ${found}, expected ${expected}`;
}

/** The keys of an object of the schema. */
function keysAt(at: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType | undefined = ConfigFile;
  for (const key of at) schema = objectIn(schema)?.shape[String(key)];
  return Object.keys(objectIn(schema)?.shape ?? {});
}

/** The object behind `optional` and among the forms of a union. */
function objectIn(schema: z.core.$ZodType | undefined): z.ZodObject | undefined {
  const { def } = (schema as z.ZodType | undefined) ?? {};
  if (def?.type === 'object') return schema as z.ZodObject;
  if (def?.type === 'optional') return objectIn((schema as z.ZodOptional).unwrap());
  if (def?.type === 'union') return (schema as z.ZodUnion).options.map(objectIn).find((found) => found !== undefined);
  return undefined;
}

/** The name that differs in no more than a third of its letters; undefined if none does. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({
    candidate,
    distance: spellingDistance(name.toLowerCase(), candidate.toLowerCase()),
  }));
  const [best] = distances.toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= best.candidate.length / 3 ? best.candidate : undefined;
}
