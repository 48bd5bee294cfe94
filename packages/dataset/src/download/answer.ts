/** What a server's answer to a request for a file, or for the rest of one, means. */
export type Answer =
  /** The body is the file from its first byte. */
  | { readonly kind: 'whole'; readonly total: number | undefined; readonly validator: string | undefined }
  /** The body goes on where we are. */
  | { readonly kind: 'rest'; readonly total: number | undefined }
  /** We have all of it already. */
  | { readonly kind: 'complete' }
  /** The rest that is offered does not belong to what we have: ask again, for the whole file. */
  | { readonly kind: 'other-file'; readonly problem: string }
  | { readonly kind: 'try-again'; readonly problem: string; readonly afterSeconds: number | undefined }
  | { readonly kind: 'hopeless'; readonly problem: string };

/** What we have of the file so far. */
export interface Have {
  readonly bytes: number;
  /** size of the whole file, as the first answer told it */
  readonly total: number | undefined;
  readonly validator: string | undefined;
}

/** Statuses of servers that are busy or broken for a while. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads status and headers only (RFC 9110, sections 13.1.5, 14 and 15). */
export function readAnswer(status: number, headers: Headers, have: Have): Answer {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (status === 200 || status === 206) {
    if (encoding !== 'identity') return { kind: 'hopeless', problem: `the server sends it encoded as ${encoding}` };
  }
  if (status === 200) return { kind: 'whole', total: lengthOf(headers), validator: validatorOf(headers) };
  if (status === 206) return readPartial(headers, have);
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
    if (have.bytes > 0 && Number(total) === have.bytes) return { kind: 'complete' };
    return { kind: 'other-file', problem: `the server has no byte ${have.bytes}` };
  }
  if (PASSING.has(status)) {
    return { kind: 'try-again', problem: `the server answered ${status}`, afterSeconds: retryAfter(headers) };
  }
  return { kind: 'hopeless', problem: `the server answered ${status}` };
}

function readPartial(headers: Headers, have: Have): Answer {
  const range = headers.get('content-range') ?? 'none';
  const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  if (start === undefined)
    return { kind: 'other-file', problem: `the server sent a part without its place (${range})` };
  if (Number(start) !== have.bytes) {
    return { kind: 'other-file', problem: `the server sent bytes from ${start}, expected from ${have.bytes}` };
  }
  const total = size === '*' ? undefined : Number(size);
  const validator = validatorOf(headers);
  // A server that ignores If-Range may send the rest of another version.
  const changed =
    (have.validator !== undefined && validator !== undefined && validator !== have.validator) ||
    (have.total !== undefined && total !== undefined && total !== have.total);
  if (changed) return { kind: 'other-file', problem: 'the file changed on the server' };
  return { kind: 'rest', total: total ?? have.total ?? Number(end) + 1 };
}

/** What If-Range may carry: a strong entity tag, else the date of the last change. */
function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag?.startsWith('"')) return tag;
  return headers.get('last-modified') ?? undefined;
}

function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
