import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { formatCell, packCell, parseCell, unpackCell } from '@nasbench/graph';
import type { Redis } from 'ioredis';
import * as z from 'zod';
import {
  Configuration,
  configurationDigest,
  differingKeys,
  listed,
  textSpace,
} from '../configuration/configuration.ts';
import type { RunName, Unit } from '../units/units.ts';

/**
 * What a regeneration has in Redis:
 *
 *     nasbench:regenerations           hash   queue -> its configuration (Announcement): what workers need to know
 *     nasbench:QUEUE:...                      the units, a BullMQ queue: one job each, waiting or with a worker
 *     nasbench:QUEUE:results           list   finished runs that the coordinator has not put into its journal yet
 *     nasbench:QUEUE:engine            text   the arithmetic of the runs, where all are to have the same
 *     nasbench:QUEUE:coordinator       text   who feeds and collects; expires
 *     nasbench:QUEUE:finished          text   while it is there, workers are told that there is nothing left; expires
 */
export const PREFIX = 'nasbench';

const REGENERATIONS = `${PREFIX}:regenerations`;

export type QueueKey = 'results' | 'engine' | 'coordinator' | 'finished';

export const queueKey = (queue: string, key: QueueKey): string => `${PREFIX}:${queue}:${key}`;

/** What a coordinator tells the workers. */
export type Announcement = z.infer<typeof Announcement>;

const Announcement = z.strictObject({
  formatVersion: z.literal(1),
  configuration: Configuration,
  /** a worker that gave no sign of life for so long has lost its run to the others */
  lostAfterSeconds: z.number().positive(),
});

/** The queue's name where the user gives none: regenerations that could share it have the same configuration. */
export const defaultQueueName = configurationDigest;

/** A name that a user gives. @throws UsageError */
export function queueName(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new UsageError(
    `queue name ${JSON.stringify(text.slice(0, 80))}, expected at most 64 letters, digits, and any of . _ -`,
  );
}

/** Puts the regeneration where workers find it. @throws UsageError if the name is another one's */
export async function announce(
  redis: Redis,
  address: string,
  queue: string,
  announcement: Announcement,
): Promise<void> {
  const found = await redis.hget(REGENERATIONS, queue).catch((error: Error) => refuseForeign(error, address));
  if (found !== null) {
    const differing = differingKeys(parseAnnouncement(found, queue, address).configuration, announcement.configuration);
    if (differing.length > 0) {
      throw new UsageError(
        `the queue ${queue} at ${address} is another regeneration's (${listed(differing)}); give another --queue-name`,
      );
    }
  }
  await redis.hset(REGENERATIONS, queue, JSON.stringify(announcement));
}

export async function withdraw(redis: Redis, queue: string): Promise<void> {
  await redis.hdel(REGENERATIONS, queue);
}

/** The regenerations that are under way, by the names of their queues. */
export async function findRegenerations(redis: Redis, address: string): Promise<Map<string, Announcement>> {
  const texts = await redis.hgetall(REGENERATIONS).catch((error: Error) => refuseForeign(error, address));
  return new Map(Object.entries(texts).map(([queue, text]) => [queue, parseAnnouncement(text, queue, address)]));
}

/** Something else may have taken the name. */
function refuseForeign(error: Error, address: string): never {
  if (!error.message.startsWith('WRONGTYPE')) throw error;
  throw new NasbenchError(
    `${REGENERATIONS} at ${address} is another program's; give another database, as redis://HOST:PORT/1`,
    { cause: error },
  );
}

function parseAnnouncement(text: string, queue: string, address: string): Announcement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = Announcement.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NasbenchError(
    `the queue ${queue} at ${address} was not written by this version of nasbench (${issue.path.join('.') || 'document'}: ${issue.message.toLowerCase()}); give another --queue-name`,
  );
}

/**
 * A unit as a job. Its name is the run's: what is queued already is not queued again. Redis keeps a job small as long as
 * none of its texts has more than 64 bytes: hence the short forms.
 */
export function jobOf(unit: Unit, configuration: Configuration) {
  const { vertices, edges, operations } = packCell(
    parseCell(unit.cell, textSpace(configuration)).original,
    textSpace(configuration),
  );
  return { name: 'run', data: `${vertices} ${edges} ${operations}`, opts: { jobId: jobName(unit) } };
}

export function jobName({ moduleHash, epochs, repeat }: RunName): string {
  return `${Buffer.from(moduleHash, 'hex').toString('base64url')}_${epochs}_${repeat}`;
}

export function unitOfJob(name: string, data: string, configuration: Configuration): Unit {
  const space = textSpace(configuration);
  // A hash in base64url is 22 letters, among which there may be _.
  const [epochs, repeat] = name.slice(23).split('_').map(Number);
  const [vertices, edges, operations] = data.split(' ').map(Number);
  return {
    moduleHash: Buffer.from(name.slice(0, 22), 'base64url').toString('hex'),
    cell: formatCell(unpackCell({ vertices, edges, operations }, space), space),
    epochs,
    repeat,
  };
}
