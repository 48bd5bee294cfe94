import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nasbenchJson, SMALL_TRAINING } from './nasbench.ts';

const BIN = path.resolve(import.meta.dirname, '../bin/nasbench.js');

/** Runs that each take a fraction of a second. */
export const TRAININGS = ['--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '2', '--seed', 'survival'];
export const RUNS = 14;

/** A command that runs beside the test, leader of a process group of its own. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown>;

  /** @param environment variables beside this process's own */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [BIN, ...args], {
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.child = child;
    this.#closed = once(child, 'close');
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Its exit status, or the signal that ended it, and the seconds from now. */
  async end(): Promise<{ readonly status: number | string | null; readonly seconds: number }> {
    const started = performance.now();
    await this.#closed;
    return { status: this.child.exitCode ?? this.child.signalCode, seconds: (performance.now() - started) / 1000 };
  }

  /** `kill -9` of it and all of its processes. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    process.kill(-Number(this.child.pid), 'SIGKILL');
    await this.end();
  }

  signal(name: NodeJS.Signals): void {
    process.kill(Number(this.child.pid), name);
  }

  /** Waits for what must come while it runs. */
  async until(isTime: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isTime())) {
      if (this.hasEnded) throw new Error(`it ended too early: ${this.stderr}`);
      await sleep(20);
    }
  }

  /** Processes that it started. */
  children(): number[] {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.child.pid)], { encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean).map(Number);
  }
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Names of the runs in the whole lines of a folder's journal, in the order they were written. */
export function journal(out: string): string[] {
  let names: string[];
  try {
    names = readdirSync(path.join(out, 'journal')).toSorted();
  } catch {
    return [];
  }
  return names
    .flatMap((name) =>
      readFileSync(path.join(out, 'journal', name), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map((line) => {
      const { moduleHash, epochs, repeat }: Record<string, unknown> = JSON.parse(line.slice(9));
      return [moduleHash, epochs, repeat].join(' ');
    });
}

/** What a folder holds after all that befell it. */
export function account(out: string, before: readonly string[] = []) {
  const names = journal(out);
  const { runs, missing, failed } = nasbenchJson<{ runs: number; missing: number; failed: number }>(
    'assemble',
    out,
    '--out',
    `${out}.arrow`,
    '--force',
  );
  return {
    lost: before.filter((name) => !names.includes(name)).length,
    twice: names.length - new Set(names).size,
    runs,
    missing,
    failed,
  };
}

/**
 * The environment of processes for which the time of day is right for 0.3 s, an hour late for 0.3 s, an hour early for
 * 0.3 s, and so on. Timers and the monotonic clock go on as ever, as they do when somebody sets the clock.
 */
export function jumpingClock(folder: string): Readonly<Record<string, string>> {
  const file = path.join(folder, 'jumpingClock.mjs');
  writeFileSync(
    file,
    `const [OwnDate, HOUR] = [Date, 3600e3];
const now = () => OwnDate.now() + [0, HOUR, -HOUR][Math.floor(performance.now() / 300) % 3];
globalThis.Date = class extends OwnDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [now()]));
  }
  static now() {
    return now();
  }
};
`,
  );
  return { NODE_OPTIONS: `--import ${pathToFileURL(file).href}` };
}

/** A configuration in which a cell's network does something to the process that trains it. */
export function writeTrap(folder: string, action: string): { readonly config: string; readonly operations: string } {
  const operations = path.join(folder, 'trap.mjs');
  writeFileSync(
    operations,
    `export default {
  trap: (builder, input, channels) => {
    if (process.send) ${action};
    return builder.convBnRelu(input, 1, channels);
  },
};
`,
  );
  const config = path.join(folder, 'trap.json');
  writeFileSync(
    config,
    JSON.stringify({
      preset: 'tiny',
      images: { name: 'synthetic', limits: { train: 128, trainEvaluation: 32, validation: 32, test: 32 } },
      operationsModule: 'trap.mjs',
      space: { operations: ['conv3x3-bn-relu', 'trap'] },
      cells: ['010/001/000:trap', '010/001/000:conv3x3', '011/001/000:conv3x3'],
      training: { attempts: 2 },
      epochs: [1],
      repeats: 1,
    }),
  );
  return { config, operations };
}

/** Nothing lost, nothing twice, everything there. */
export const WHOLE = { lost: 0, twice: 0, runs: RUNS, missing: 0, failed: 0 };
