import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import { withPath } from '@nasbench/foundation/files';
import { InterruptedError } from './command.ts';

/**
 * Runs the program and sets the exit status: 0 done, 1 failed, 2 wrong use, 128 + n stopped by a signal.
 * A user's mistake is one line on stderr; only defects of the program show a stack.
 */
export async function runProgram(program: CommandUnknownOpts, argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithoutReader);
  // Notes and progress are beside the point: a long job goes on when nobody reads them any more.
  process.stderr.on('error', () => {});
  throwInsteadOfExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** A reader that has seen enough (`| head`) is no failure; a disk that is full is one. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  const { message } = withPath(error, 'cannot write the result') as Error;
  const text = message.startsWith('cannot write the result') ? message : `cannot write the result: ${message}`;
  process.stderr.write(`nasbench: ${text}\n`);
  process.exit(1);
}

function report(error: unknown): number {
  // commander has already printed its line, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InterruptedError) {
    process.stderr.write(`nasbench: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof NasbenchError) {
    process.stderr.write(`nasbench: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  process.stderr.write(`nasbench: unexpected failure, please report it with these lines\n${stackOf(error)}\n`);
  return 1;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function throwInsteadOfExit(command: CommandUnknownOpts): void {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'nasbench: ')) });
  command.showSuggestionAfterError();
  for (const child of command.commands) throwInsteadOfExit(child);
}
