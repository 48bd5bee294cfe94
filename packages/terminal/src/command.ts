import { createProgress, type ProgressReporter } from './progress.ts';

export type { ProgressReporter } from './progress.ts';

/** What every command gets beside its own arguments and options. */
export interface CommandContext {
  /** `--json` was given. */
  readonly json: boolean;
  /**
   * Aborts on the first Ctrl-C or SIGTERM; the second one ends the process at once. Only a command that asks for it has
   * them caught: any other ends at once.
   */
  readonly signal: AbortSignal;
  /** The result: the document with `--json`, else the text. Called once, at the end. */
  readonly result: (document: unknown, text: string) => void;
  /** A line for people beside the result, above the progress that is shown. */
  readonly note: (line: string) => void;
  /** `total` in any unit that grows with the time spent. */
  readonly progress: (label: string, total: number) => ProgressReporter;
}

/** `.option(...JSON_OPTION)` */
export const JSON_OPTION = ['--json', 'print one JSON document on stdout; text and progress go to stderr'] as const;

/** `.addHelpText('after', example('nasbench enumerate --json'))` */
export function example(...commands: readonly string[]): string {
  return `\n${commands.length > 1 ? 'Examples' : 'Example'}:\n${commands.map((command) => `  $ ${command}`).join('\n')}`;
}

/** Called once by a command's action with the options it was given. */
export function commandContext({ json = false }: { json?: boolean | undefined }): CommandContext {
  let signal: AbortSignal | undefined;
  let shown: ProgressReporter | undefined;
  return {
    json,
    get signal() {
      signal ??= signalOfInterrupts();
      return signal;
    },
    result(document, text) {
      process.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : `${text}\n`);
    },
    note(line) {
      if (shown === undefined) process.stderr.write(`${line}\n`);
      else shown.note(line);
    },
    progress(label, total) {
      shown = createProgress(label, total, process.stderr);
      return shown;
    },
  };
}

function signalOfInterrupts(): AbortSignal {
  const interrupt = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    const error = new InterruptedError(signal);
    if (interrupt.signal.aborted) process.exit(error.exitCode);
    interrupt.abort(error);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return interrupt.signal;
}

/** The user stopped the command. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
