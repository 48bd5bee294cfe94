import { homedir } from 'node:os';
import path from 'node:path';

/** Where downloads and expanded tables are kept: `NASBENCH_CACHE`, else `XDG_CACHE_HOME`/nasbench, else ~/.cache/nasbench. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { NASBENCH_CACHE: own, XDG_CACHE_HOME: shared } = environment;
  if (own) return path.resolve(own);
  // The XDG specification wants relative paths to be ignored.
  return path.join(shared && path.isAbsolute(shared) ? shared : path.join(homedir(), '.cache'), 'nasbench');
}
