import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { withPath, writeFileAtomically } from '@nasbench/foundation/files';
import * as z from 'zod';
import { Configuration, differingKeys, listed } from './configuration.ts';

const count = z.int().positive();

/** The runs to make: every cell with every budget, so many times. */
export type Work = z.infer<typeof Work>;

const Work = z.strictObject({
  space: z.strictObject({ maxVertices: count, maxEdges: count }),
  /** as text; null: every cell of the space */
  cells: z.array(z.string()).min(1).nullable(),
  /** budgets, ascending */
  epochs: z.array(count).min(1),
  repeats: count,
});

/** `regeneration.json` of a folder: how its runs are trained, and which have been asked for. */
export type Regeneration = z.infer<typeof Regeneration>;

const Regeneration = z.strictObject({
  formatVersion: z.literal(2, 'written by another version of nasbench, expected 2'),
  configuration: Configuration,
  /** in the order they were asked for; they may overlap */
  work: z.array(Work).min(1),
});

export const regenerationFile = (folder: string): string => path.join(folder, 'regeneration.json');

/** The folder's regeneration; undefined if it has none yet. */
export async function readRegeneration(folder: string): Promise<Regeneration | undefined> {
  const file = regenerationFile(folder);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw withPath(error, `cannot read ${file}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NasbenchError(`${file} is not JSON; expected what regenerate wrote`);
  }
  const parsed = Regeneration.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NasbenchError(`${file}: ${issue.path.join('.') || 'document'}: ${issue.message.toLowerCase()}`);
}

/**
 * Writes what a folder is to train, beside what it was to train before. One whose runs were made with another configuration is
 * refused.
 */
export async function claimFolder(
  folder: string,
  configuration: Configuration,
  work: Work,
  hasRuns: boolean,
): Promise<void> {
  const found = hasRuns ? await readRegeneration(folder) : undefined;
  if (found !== undefined) assertSame(folder, found.configuration, configuration);
  const known = found?.work ?? [];
  if (known.some((other) => isDeepStrictEqual(other, work))) return;
  const regeneration: Regeneration = {
    formatVersion: 2,
    configuration: found?.configuration ?? configuration,
    work: [...known, work],
  };
  await writeFileAtomically(regenerationFile(folder), `${JSON.stringify(regeneration, undefined, 2)}\n`, {
    force: true,
  });
}

function assertSame(folder: string, found: Configuration, configuration: Configuration): void {
  const differing = differingKeys(found, configuration);
  if (differing.length === 0) return;
  if (differing.join() === 'codeVersion') {
    throw new UsageError(
      `${folder} was made by nasbench ${found.codeVersion}, this is ${configuration.codeVersion}, which may give other numbers; choose another --out`,
    );
  }
  throw new UsageError(
    `${folder} was started with other settings (${listed(differing)}); give the same ones to go on, or another --out`,
  );
}
