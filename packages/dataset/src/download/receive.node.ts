import { readAnswer } from './answer.ts';
import type { DownloadOptions } from './downloadOptions.ts';
import { DownloadError } from './errors.ts';
import type { PartFile } from './partFile.node.ts';

/** The connection failed or the server asked for patience: another request may do better. */
export class DroppedError extends Error {
  override readonly name = 'DroppedError';
  /** how long the server wants to be left alone */
  readonly afterSeconds: number | undefined;
  constructor(message: string, options: ErrorOptions & { readonly afterSeconds?: number | undefined } = {}) {
    super(message, options);
    this.afterSeconds = options.afterSeconds;
  }
}

/** One request, for the file or for what is missing of it, and its answer into the part file. */
export async function receive(part: PartFile, url: URL, options: DownloadOptions): Promise<void> {
  const { maxBytes = Number.POSITIVE_INFINITY, stallSeconds = 30, signal, onProgress } = options;
  const { bytes, validator, total: known } = part.have;
  if (bytes > 0 && bytes === known) return;
  const watch = new Watch(url, stallSeconds, signal);
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (bytes > 0) {
    headers.range = `bytes=${bytes}-`;
    // Without a validator the checksum decides at the end.
    if (validator !== undefined) headers['if-range'] = validator;
  }
  const response = await watch.over(() => fetch(url, { headers, signal: watch.signal }));
  try {
    const answer = readAnswer(response.status, response.headers, part.have);
    if (answer.kind === 'hopeless') throw new DownloadError(`cannot download ${url.href}: ${answer.problem}`);
    if (answer.kind === 'try-again') throw new DroppedError(answer.problem, { afterSeconds: answer.afterSeconds });
    if (answer.kind === 'complete') return;
    if (answer.kind === 'other-file') {
      await part.restart(undefined, undefined);
      throw new DroppedError(answer.problem);
    }
    const { total } = answer;
    if (answer.kind === 'whole') await part.restart(total, answer.validator);
    if (total !== undefined) {
      if (total > maxBytes) throw tooLong(url, total, maxBytes);
      await part.assertRoom(total);
    }
    onProgress?.({ bytes: part.have.bytes, total });
    const reader = response.body?.getReader();
    for (;;) {
      const read = await watch.over(async () => reader?.read());
      if (read === undefined || read.done) break;
      const after = part.have.bytes + read.value.length;
      if (after > (total ?? maxBytes)) throw tooLong(url, after, total ?? maxBytes);
      await part.append(read.value);
      onProgress?.({ bytes: after, total });
    }
    if (total !== undefined && part.have.bytes < total) {
      throw new DroppedError(`the connection ended at byte ${part.have.bytes} of ${total}`);
    }
  } finally {
    // Whatever is left of the answer need not come any more.
    watch.end();
  }
}

function tooLong(url: URL, bytes: number, most: number): DownloadError {
  return new DownloadError(`cannot download ${url.href}: it has ${bytes} bytes or more, expected at most ${most}`);
}

/** Gives up on a server that is silent for too long; its own time, on a slow disk say, does not count. */
class Watch {
  readonly signal: AbortSignal;
  readonly #url: URL;
  readonly #seconds: number;
  readonly #user: AbortSignal | undefined;
  readonly #silence = new AbortController();

  constructor(url: URL, seconds: number, user: AbortSignal | undefined) {
    this.#url = url;
    this.#seconds = seconds;
    this.#user = user;
    this.signal = user ? AbortSignal.any([user, this.#silence.signal]) : this.#silence.signal;
  }

  async over<T>(wait: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#silence.abort(), this.#seconds * 1000);
    try {
      return await wait();
    } catch (error) {
      this.#user?.throwIfAborted();
      if (this.#silence.signal.aborted) {
        throw new DroppedError(`the server sent nothing for ${this.#seconds} s`, { cause: error });
      }
      throw networkError(error, this.#url);
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.#silence.abort();
  }
}

/** fetch wraps what happened into `TypeError: fetch failed` or `terminated`. */
function networkError(error: unknown, url: URL): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  if (text === 'redirect count exceeded') {
    return new DownloadError(`cannot download ${url.href}: the server redirects in a circle`, { cause: error });
  }
  const known = code === undefined ? undefined : NETWORK_PROBLEMS[code];
  return new DroppedError(
    known ?? `the connection failed (${[text.split('\n')[0], code].filter(Boolean).join(', ')})`,
    {
      cause: error,
    },
  );
}

const NETWORK_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the server refuses connections',
  ECONNRESET: 'the connection was dropped',
  EAI_AGAIN: 'the name of the server could not be looked up (is there a network?)',
  ENOTFOUND: 'the name of the server could not be looked up (is there a network?)',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the server does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
  UND_ERR_SOCKET: 'the connection was dropped',
};
