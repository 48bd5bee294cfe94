import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const packageFolder = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(packageFolder, 'node_modules', '.program-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program of one command that notes things before and after it waited, then has a result. */
const SCRIPT = path.join(folder, 'program.mts');
writeFileSync(
  SCRIPT,
  `import { Command } from '@commander-js/extra-typings';
import { commandContext, runProgram } from ${JSON.stringify(path.join(packageFolder, 'src/index.ts'))};
const program = new Command('nasbench');
program.command('work').action(async () => {
  const context = commandContext({});
  for (let i = 0; i < 20; i++) {
    context.note('note ' + i);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  context.result({}, 'the result');
});
await runProgram(program, process.argv);
`,
);
const ARGUMENTS = ['--conditions=nasbench-source', '--import', 'tsx', SCRIPT, 'work'];
const cwd = path.resolve(packageFolder, '../..');

describe('runProgram', () => {
  it('goes on when nobody reads stderr any more', async () => {
    const child = spawn(process.execPath, ARGUMENTS, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    child.stderr.once('data', () => child.stderr.destroy());
    const [status] = await once(child, 'exit');
    expect([status, printed]).toEqual([0, 'the result\n']);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the result cannot be written [needs /dev/full]', () => {
    const quoted = [process.execPath, ...ARGUMENTS].map((text) => `'${text}'`).join(' ');
    const { status, stderr } = spawnSync('sh', ['-c', `${quoted} > /dev/full`], { cwd, encoding: 'utf8' });
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('nasbench: cannot write the result: no space left on the disk');
    expect(status).toBe(1);
  });

  it('is content with a reader that has seen enough', () => {
    const quoted = [process.execPath, ...ARGUMENTS].map((text) => `'${text}'`).join(' ');
    const script = `( ${quoted}; echo "status $?" >&2 ) | true`;
    expect(spawnSync('sh', ['-c', script], { cwd, encoding: 'utf8' }).stderr).toContain('status 0');
  });
});
