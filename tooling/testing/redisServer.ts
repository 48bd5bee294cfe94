import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

const SERVERS = ['redis-server', 'valkey-server'];

/** Undefined where neither Redis nor Valkey is installed. */
export const REDIS_SERVER = SERVERS.find((name) => spawnSync(name, ['--version']).status === 0);

/** A Redis of the test's own, on a free port, in a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'nasbench-redis-'));
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#options = options;
  }

  /** @param options of redis-server; default: it keeps nothing on the disk */
  static async start(options: readonly string[] = ['--appendonly', 'no']): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  /** Again, after `kill`. */
  async start(): Promise<void> {
    if (REDIS_SERVER === undefined) throw new Error('neither redis-server nor valkey-server is installed');
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const child = spawn(REDIS_SERVER, [...place, ...this.#options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    let log = '';
    for await (const chunk of child.stdout) {
      log += chunk;
      if (log.includes('Ready to accept connections')) break;
    }
    if (child.exitCode !== null) throw new Error(`redis-server ended: ${log}`);
  }

  /** Of the first list whose name fits. */
  async listLength(pattern: string): Promise<number> {
    const redis = new Redis(this.url);
    try {
      const [name] = await redis.keys(pattern);
      return name === undefined ? 0 : await redis.llen(name);
    } finally {
      redis.disconnect();
    }
  }

  /** SIGSTOP leaves it connected and silent, SIGCONT lets it answer again. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  /** `kill -9` */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
