import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a request asked for, and the answer to be given; `n` counts the requests to this server from 0. */
export interface Exchange {
  readonly n: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** first byte asked for; undefined without a Range header */
  readonly from: number | undefined;
  readonly client: Client;
}

/** What the test knows of the downloading side. */
interface Client {
  /** bytes that it has, by its own account, since this request */
  bytes: number;
}

export type Behaviour = (exchange: Exchange) => void | Promise<void>;

/** A real server on this machine that behaves as a test says. */
export interface HostileServer {
  readonly url: URL;
  /** Range headers of the requests so far, in order */
  readonly ranges: (string | undefined)[];
  readonly client: Client;
  behave(next: Behaviour): void;
  close(): Promise<void>;
}

export async function startServer(): Promise<HostileServer> {
  let behaviour: Behaviour = ({ response }) => void response.writeHead(404).end();
  const ranges: (string | undefined)[] = [];
  const client = { bytes: 0 };
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const { range } = request.headers;
    const from = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    ranges.push(range);
    response.on('error', () => {});
    client.bytes = 0;
    const n = ranges.length - 1;
    void behaviour({ n, request, response, from: from === undefined ? undefined : Number(from), client });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    ranges,
    client,
    behave(next) {
      ranges.length = 0;
      behaviour = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves a file as it should be: ranges, If-Range, a strong entity tag. `cut` drops the connection after so many bytes. */
export function serve(
  exchange: Exchange,
  file: Uint8Array,
  { etag = '"1"', cut = Number.POSITIVE_INFINITY }: { etag?: string; cut?: number } = {},
): void {
  const { response, request, from } = exchange;
  const condition = request.headers['if-range'];
  const start = from !== undefined && (condition === undefined || condition === etag) ? from : 0;
  if (start >= file.length && start > 0) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const body = file.subarray(start);
  const range = { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` };
  response.writeHead(start > 0 ? 206 : 200, {
    etag,
    'accept-ranges': 'bytes',
    'content-length': body.length,
    ...(start > 0 && range),
  });
  if (cut >= body.length) response.end(body);
  else dropAfter(exchange, body.subarray(0, cut), start);
}

/** Sends the bytes and drops the connection once the client has them. */
export function dropAfter({ response, client }: Exchange, bytes: Uint8Array, start = 0): void {
  response.write(bytes);
  const timer = setInterval(() => {
    if (client.bytes < start + bytes.length) return;
    clearInterval(timer);
    response.destroy();
  }, 2);
  response.on('close', () => clearInterval(timer));
}
