import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EngineAbsentError, PackageMissingError, reasonOf } from './engine.ts';

/** A package that only some users have. */
export interface OptionalPackage {
  /** resolves and loads from where the package was found */
  readonly require: NodeJS.Require;
  /** file that its name stands for */
  readonly main: string;
  readonly version: string;
}

/**
 * Looks for a package beside this one, then from the working directory; both end with the folders of NODE_PATH.
 * @throws PackageMissingError if it is nowhere
 */
export function findPackage(name: string): OptionalPackage {
  for (const from of [import.meta.url, path.join(process.cwd(), 'any.js')]) {
    const require = createRequire(from);
    try {
      const main = require.resolve(name);
      return { require, main, version: versionOf(main, name) };
    } catch {
      // The next place may have it.
    }
  }
  throw new PackageMissingError(`${name} is not installed`);
}

/** @throws EngineAbsentError if the package throws while it loads: a native library that is absent, another processor */
export function loadPackage({ require, main }: OptionalPackage, name: string): unknown {
  try {
    return require(main);
  } catch (error) {
    throw new EngineAbsentError(`${name} is installed but does not load: ${reasonOf(error)}`, { cause: error });
  }
}

/** Not all packages let their package.json be required. */
function versionOf(main: string, name: string): string {
  for (let folder = path.dirname(main); ; folder = path.dirname(folder)) {
    const manifest = readManifest(path.join(folder, 'package.json'));
    if (manifest?.name === name) return manifest.version;
    if (folder === path.dirname(folder)) throw new EngineAbsentError(`${name} has no package.json`);
  }
}

function readManifest(file: string): { name?: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version: string };
  } catch {
    return undefined;
  }
}
