import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-clean-up-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A script that says `ready` and stays until it is stopped. */
async function runUntilReady(name: string, code: string, signal: NodeJS.Signals) {
  const file = path.join(folder, `${name}.mts`);
  const source = (entry: string): string => JSON.stringify(path.join(root, 'packages/foundation/src', entry));
  writeFileSync(
    file,
    `import { cleanUpOnExit } from ${source('cleanUp.node.ts')};
import { writeFileAtomically } from ${source('files.node.ts')};
const stay = () => new Promise((resolve) => setTimeout(resolve, 10_000));
${code}`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
    if (String(chunk).includes('ready')) child.kill(signal);
  });
  const [status] = await once(child, 'close');
  return { status, printed: printed.split('\n').filter(Boolean) };
}

describe('cleanUpOnExit', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('undoes the latest first when %s ends the process', async (signal, status) => {
    const code = `
cleanUpOnExit(() => console.log('first'));
cleanUpOnExit(() => { console.log('second'); throw new Error('ignored'); });
cleanUpOnExit(() => console.log('never'))();
console.log('ready');
await stay();`;
    expect(await runUntilReady(signal, code, signal)).toEqual({ status, printed: ['ready', 'second', 'first'] });
  });

  it('leaves the signal to a program that listens itself', async () => {
    const code = `
cleanUpOnExit(() => console.log('undone'));
process.on('SIGINT', () => { console.log('mine'); process.exitCode = 5; clearTimeout(timer); });
const timer = setTimeout(() => {}, 60_000);
console.log('ready');`;
    expect(await runUntilReady('own', code, 'SIGINT')).toEqual({ status: 5, printed: ['ready', 'mine', 'undone'] });
  });

  it('hears a signal that came while the program was busy', async () => {
    const code = `
const done = cleanUpOnExit(() => console.log('never'));
console.log('ready');
for (const end = Date.now() + 1000; Date.now() < end; );
done();
await stay();`;
    expect(await runUntilReady('busy', code, 'SIGINT')).toEqual({ status: 130, printed: ['ready'] });
  });

  it('is what a half-written file is removed by', async () => {
    const out = path.join(folder, 'out');
    const code = `
async function* chunks() {
  yield new Uint8Array(100);
  console.log('ready');
  await stay();
}
await writeFileAtomically(${JSON.stringify(path.join(out, 'x.json'))}, chunks());`;
    expect(await runUntilReady('write', code, 'SIGTERM')).toEqual({ status: 143, printed: ['ready'] });
    expect(readdirSync(out)).toEqual([]);
  });
});
