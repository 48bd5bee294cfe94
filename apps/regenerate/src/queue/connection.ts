import { setTimeout as sleep } from 'node:timers/promises';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import type { Redis, RedisOptions } from 'ioredis';

/** What a server may take to answer before it counts as absent. */
const ANSWER_MILLISECONDS = 5000;

/** A connected server that answers nothing for so long is gone, even if nothing says so (a power cut, a cable). */
const SILENT_MILLISECONDS = 20_000;

const MILLISECONDS_BETWEEN_NOTES = 10_000;

/**
 * A connection to Redis or Valkey that comes back by itself. While the server is away, commands wait, and so do their
 * promises; the user hears of it.
 */
export class QueueConnection {
  readonly redis: Redis;
  /** the address without user and password, for messages */
  readonly address: string;
  readonly #onNote: (line: string) => void;
  readonly #watch: NodeJS.Timeout;
  readonly #silentMilliseconds: number;
  #lostAt: number | undefined;
  /** since when it owes us an answer */
  #askedAt: number | undefined;
  #reason = 'the server closed the connection';
  #notedAt = -MILLISECONDS_BETWEEN_NOTES;

  private constructor(redis: Redis, address: string, onNote: (line: string) => void, silentMilliseconds: number) {
    this.#silentMilliseconds = silentMilliseconds;
    this.redis = redis;
    this.address = address;
    this.#onNote = onNote;
    redis.on('error', (error: Error) => {
      this.#reason = reasonOf(error);
    });
    redis.on('close', () => {
      this.#lostAt ??= performance.now();
      this.#askedAt = undefined;
    });
    redis.on('ready', () => {
      if (this.#lostAt !== undefined) this.#onNote(`connected to ${address} again`);
      this.#lostAt = undefined;
      this.#askedAt = undefined;
    });
    this.#watch = setInterval(() => {
      this.#noteAbsence();
      this.#noticeSilence();
    }, 1000).unref();
  }

  /**
   * Connects once; from then on the connection is kept up.
   *
   * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS
   * @throws UsageError for another URL; NasbenchError in one line if no Redis answers there, or not to us
   */
  static async open(
    url: string,
    onNote: (line: string) => void,
    silentMilliseconds = SILENT_MILLISECONDS,
  ): Promise<QueueConnection> {
    const { address, options } = parseQueueUrl(url);
    const { Redis: Client } = await import('ioredis');
    await probe(new Client({ ...options, lazyConnect: true, retryStrategy: () => null }), address, onNote);
    const redis = new Client({
      ...options,
      // Commands wait for the server to come back, however long that takes.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(100 * times, 2000),
    });
    return new QueueConnection(redis, address, onNote, silentMilliseconds);
  }

  /**
   * What the command gives. While the server refuses it, as one that is full or read-only does, it is tried again; it
   * must be one that may be repeated.
   *
   * @throws the signal's reason once it aborts
   */
  async patiently<T>(command: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await untilAborted(command(), signal);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#note(`${this.address} refuses a command (${error.message}): trying again`);
        await pause(1000, signal);
      }
    }
  }

  /** Ends at once; commands that wait are given up. */
  close(): void {
    clearInterval(this.#watch);
    this.redis.disconnect();
  }

  /** Not by ioredis' `socketTimeout`: its timer outlives the socket, keeps the process and may end the next connection. */
  #noticeSilence(): void {
    const { status } = this.redis;
    // `connect`: ioredis has asked the server whether it is ready.
    if (status !== 'ready' && status !== 'connect') return;
    if (this.#askedAt === undefined) {
      this.#askedAt = performance.now();
      const answered = (): void => {
        this.#askedAt = undefined;
      };
      if (status === 'ready') this.redis.ping().then(answered, answered);
    } else if (performance.now() - this.#askedAt > this.#silentMilliseconds) {
      this.#reason = 'the server does not answer';
      this.redis.disconnect(true);
    }
  }

  #noteAbsence(): void {
    if (this.#lostAt === undefined) return;
    const seconds = Math.max(1, Math.round((performance.now() - this.#lostAt) / 1000));
    this.#note(`no connection to ${this.address} for ${seconds} s (${this.#reason}): waiting; runs go on meanwhile`);
  }

  #note(line: string): void {
    if (performance.now() - this.#notedAt < MILLISECONDS_BETWEEN_NOTES) return;
    this.#notedAt = performance.now();
    this.#onNote(line);
  }
}

/** Waits; rejects with the signal's reason once it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Its own signal's reason, which `sleep` would wrap.
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** What the promise gives; rejects with the signal's reason once it aborts, whatever becomes of the promise. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** @throws UsageError */
export function parseQueueUrl(text: string): { readonly address: string; readonly options: RedisOptions } {
  const expected = 'expected redis://HOST:PORT, or rediss:// for TLS';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Not shown: it may hold a password.
    throw new UsageError(`the queue's address is not a URL, ${expected}`);
  }
  const { protocol, hostname, port, username, password, pathname } = url;
  const database = pathname.replace(/^\//, '');
  const address = `${protocol}//${url.host}${pathname.replace(/\/$/, '')}`;
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new UsageError(`the queue's address starts with ${protocol}, ${expected}`);
  if (hostname === '' || !/^\d*$/.test(database))
    throw new UsageError(`the queue's address is ${address}, ${expected}, with a database's number at most behind it`);
  const secret = password === '' ? process.env.NASBENCH_QUEUE_PASSWORD : decodeURIComponent(password);
  return {
    address,
    options: {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 6379 : Number(port),
      db: Number(database),
      connectTimeout: ANSWER_MILLISECONDS,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(secret !== undefined && { password: secret }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  };
}

/** Asks the server what it is, and ends the connection. */
async function probe(redis: Redis, address: string, onNote: (line: string) => void): Promise<void> {
  // What it is about is the first error: later ones say that the connection is closed.
  const failed = new Promise<never>((_resolve, reject) => {
    redis.on('error', reject);
  });
  failed.catch(() => {});
  const silent = new AbortController();
  const timer = setTimeout(
    () => silent.abort(new Error(`no answer for ${ANSWER_MILLISECONDS / 1000} s`)),
    ANSWER_MILLISECONDS,
  );
  try {
    const info = redis.connect().then(() => redis.info());
    checkServer(await untilAborted(Promise.race([failed, info]), silent.signal), address, onNote);
  } catch (error) {
    throw error instanceof NasbenchError ? error : absence(error as Error, address);
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

function checkServer(info: string, address: string, onNote: (line: string) => void): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  const version = field('redis_version');
  if (version === undefined) throw new NasbenchError(`${address} does not say its version, expected Redis or Valkey`);
  const [major, minor] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new NasbenchError(`${address} is Redis ${version}, expected 6.2 or later, or Valkey`);
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    onNote(
      `${address} may drop runs when its memory is full; set its maxmemory-policy to noeviction (it is ${policy})`,
    );
}

function absence(error: Error, address: string): NasbenchError {
  const reason = reasonOf(error);
  if (/NOAUTH|WRONGPASS|NOPERM/.test(reason)) {
    return new NasbenchError(
      `${address} refuses us (${reason}); expected redis://USER:PASSWORD@HOST, or the password in NASBENCH_QUEUE_PASSWORD`,
    );
  }
  if (/protocol error/i.test(reason))
    return new NasbenchError(`what answers at ${address} is not Redis (${reason}); expected Redis or Valkey there`);
  return new NasbenchError(
    `no Redis at ${address} (${reason}); start one there (redis-server, valkey-server) or give its address`,
  );
}

/** The server answered, and with a no. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error && (error.name === 'ReplyError' || /^(OOM|READONLY|MISCONF|LOADING)/.test(error.message))
  );
}

function reasonOf(error: Error & { readonly code?: string; readonly errors?: readonly Error[] }): string {
  // One address of a name after the other was tried.
  return error.errors?.[0]?.message ?? (error.message || error.code) ?? 'unknown';
}
