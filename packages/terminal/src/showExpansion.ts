import type { LockHolder } from '@nasbench/foundation/lock';
import type { CommandContext, ProgressReporter } from './command.ts';
import { formatNumber } from './text.ts';

/** Options of `tablePath` and `openNamedTable` of `@nasbench/dataset/node`. */
interface ExpansionListeners {
  readonly onProgress: (done: number, total: number) => void;
  readonly onWait: (holder: LockHolder, lockFile: string) => void;
}

/**
 * Opens a table with a bar that shows how far it is made, if it has to be made first: that of the name `surrogate`.
 * `const table = await showExpansion(context, (shown) => openNamedTable(name, shown))`
 */
export async function showExpansion<T>(
  { progress, note }: CommandContext,
  open: (shown: ExpansionListeners) => Promise<T>,
): Promise<T> {
  let bar: ProgressReporter | undefined;
  try {
    return await open({
      onProgress(done, total) {
        bar ??= progress('expanding the surrogate', total);
        bar.update(done, `${formatNumber(done)} cells`);
      },
      onWait({ pid, host, isRunning }, lockFile) {
        const where = isRunning === null ? ` on ${host} (if it is gone, remove ${lockFile})` : '';
        note(`waiting for process ${pid}${where}, which is expanding the surrogate`);
      },
    });
  } finally {
    bar?.stop();
  }
}
