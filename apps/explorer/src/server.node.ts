import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '@commander-js/extra-typings';
import { NasbenchError } from '@nasbench/foundation/errors';
import { commandContext, example, integerBetween, JSON_OPTION } from '@nasbench/terminal';

const PAGE_FOLDER = fileURLToPath(new URL('../dist/page', import.meta.url));

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** `nasbench explorer`: serves the page on this machine until it is stopped. */
export function addExplorerCommand(program: Command): void {
  program
    .command('explorer')
    .description('open the web page on this machine')
    .option('--port <n>', '0 takes a free one', integerBetween(0, 65_535), 8101)
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench explorer --port 8101'))
    .action(async (options) => {
      const context = commandContext(options);
      const server = await servePage(options.port);
      const url = `http://localhost:${portOf(server)}/`;
      context.result({ url }, `${url} · Ctrl-C stops it`);
      await new Promise<void>((resolve) => {
        context.signal.addEventListener('abort', () => server.close(() => resolve()));
      });
    });
}

/** Serves the built page to this machine only. @throws NasbenchError if the port is taken */
export async function servePage(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/').then(
      ({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body),
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new NasbenchError(`port ${port} is in use; choose another --port`) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

async function answer(url: string): Promise<{ status: number; type: string; body: Uint8Array | string }> {
  const { pathname } = new URL(url, 'http://localhost');
  const file = path.join(PAGE_FOLDER, pathname === '/' ? 'index.html' : path.normalize(decodeURIComponent(pathname)));
  const type = CONTENT_TYPES[path.extname(file)];
  const body =
    type !== undefined && file.startsWith(PAGE_FOLDER + path.sep)
      ? await readFile(file).catch(() => undefined)
      : undefined;
  if (body === undefined || type === undefined) return { status: 404, type: 'text/plain', body: 'not found' };
  return { status: 200, type, body };
}
