import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Something that this machine does not have; the check is then passed over. */
export class MissingError extends Error {}

/** The wheel has some 270 MB. */
const DOWNLOAD_MILLISECONDS = 240_000;

/** What the binding of @tensorflow/tfjs-node is linked with, by the files of a TensorFlow wheel. */
const LIBRARIES = {
  'libtensorflow_cc.so.2': [
    'libtensorflow.so',
    'libtensorflow.so.2',
    'libtensorflow.so.2.9.1',
    'libtensorflow_cc.so.2',
  ],
  'libtensorflow_framework.so.2': ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
};

/**
 * Puts @tensorflow/tfjs-node together without its installer, which downloads a library from a host of its own: the
 * library of a TensorFlow wheel from pip, and the binding compiled against the headers of this Node.
 *
 * @param {string} folder an empty one
 * @param {string} version of @tensorflow/tfjs-node
 * @returns {string} for NODE_PATH
 * @throws {MissingError} for what is not on this machine
 */
export function assembleTensorflow(folder, version) {
  if (process.platform !== 'linux') throw new MissingError('the wheel of TensorFlow is taken apart on Linux only');
  const nodeRoot = path.resolve(process.execPath, '../..');
  if (!existsSync(path.join(nodeRoot, 'include/node/node_api.h')))
    throw new MissingError(`the headers of Node, expected in ${path.join(nodeRoot, 'include/node')}`);
  for (const tool of ['make', 'g++'])
    if (spawnSync(tool, ['--version']).status !== 0) throw new MissingError(`${tool}, to compile the binding`);

  const pip = spawnSync(
    'python3',
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      `--dest=${folder}`,
      'tensorflow-cpu',
    ],
    { encoding: 'utf8', timeout: DOWNLOAD_MILLISECONDS },
  );
  if (pip.status !== 0) throw new MissingError('the wheel tensorflow-cpu, expected from pip within four minutes');
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip left no wheel');
  run('python3', ['-m', 'zipfile', '-e', wheel, 'wheel'], folder);
  rmSync(path.join(folder, wheel));

  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const packages = ['install', ...quiet, '--ignore-scripts', `@tensorflow/tfjs-node@${version}`];
  if (spawnSync('npm', packages, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
    throw new MissingError('@tensorflow/tfjs-node, expected from npm');
  const modules = path.join(folder, 'node_modules');
  const binding = path.join(modules, '@tensorflow/tfjs-node');
  const tensorflow = path.join(folder, 'wheel/tensorflow');
  mkdirSync(path.join(binding, 'deps/lib'), { recursive: true });
  symlinkSync(path.join(tensorflow, 'include'), path.join(binding, 'deps/include'));
  for (const [file, names] of Object.entries(LIBRARIES))
    for (const name of names) symlinkSync(path.join(tensorflow, file), path.join(binding, 'deps/lib', name));
  run(path.join(modules, '.bin/node-pre-gyp'), ['install', '--build-from-source'], binding, {
    npm_config_nodedir: nodeRoot,
  });
  return modules;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} [env]
 */
function run(command, args, cwd, env = {}) {
  const options = /** @type {const} */ ({ cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1 << 28 });
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  throw new Error(`${path.basename(command)} ${args[0]} ended with status ${status}`);
}
