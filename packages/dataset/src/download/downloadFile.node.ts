import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '@nasbench/foundation/errors';
import { assertWritable, FileExistsError, withPath } from '@nasbench/foundation/files';
import type { DownloadOptions, DownloadResult } from './downloadOptions.ts';
import { ChecksumError, DownloadError } from './errors.ts';
import { PartFile } from './partFile.node.ts';
import type { Checksum } from './publishedFiles.ts';
import { DroppedError, receive } from './receive.node.ts';

/**
 * Downloads a file of known checksum. Until it is complete and checked it is called `FILE.part`; what is there of it is
 * used again, by this process after a dropped connection and by a later one, if the server still has the same version
 * (Range with If-Range). Memory stays constant.
 *
 * @throws DownloadError in one line if the server cannot be reached, refuses or has no such file; ChecksumError if other
 * bytes came than were published; FileExistsError if another file has the name. The file is never there half.
 */
export async function downloadFile(url: URL, file: string, options: DownloadOptions): Promise<DownloadResult> {
  checkAddress(url);
  const { force = false, checksum } = options;
  const present = force ? undefined : await rightFile(file, checksum);
  if (present !== undefined) return { bytes: present, resumedFrom: 0, requests: 0 };
  await assertWritable(file, { force });
  await mkdir(path.dirname(path.resolve(file)), { recursive: true }).catch((error: unknown) => {
    throw withPath(error, `cannot write ${file}`);
  });

  const part = await PartFile.open(`${file}.part`, url.href);
  const resumedFrom = part.have.bytes;
  let requests = 0;
  try {
    requests = await receiveAll(part, url, options);
    // Bytes of several answers, perhaps of versions that the server did not tell apart: the whole once more decides.
    if ((resumedFrom > 0 || requests > 1) && (await hexOf(part.path, checksum)) !== checksum.hex) {
      await part.restart(undefined, undefined);
      requests += await receiveAll(part, url, options);
    }
  } catch (error) {
    if (part.have.bytes === 0) await part.remove();
    throw error;
  } finally {
    await part.close();
  }
  const found = await hexOf(part.path, checksum);
  if (found !== checksum.hex) {
    const { bytes } = part.have;
    await part.remove();
    throw new ChecksumError(
      `${url.href} is not the file that was published: ${nameOf(checksum)} of the ${bytes} bytes is ${found}, expected ${checksum.hex}`,
    );
  }
  await assertWritable(file, { force });
  await part.rename(file);
  return { bytes: part.have.bytes, resumedFrom, requests };
}

const MOST_WAIT = 60;

/** Requests until the part file is complete; gives their number. */
async function receiveAll(part: PartFile, url: URL, options: DownloadOptions): Promise<number> {
  const { attempts = 6, backoffSeconds = 1, signal, onRetry } = options;
  let furthest = part.have.bytes;
  for (let requests = 1, idle = 0; ; requests++) {
    try {
      await receive(part, url, options);
      await part.sync();
      return requests;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DroppedError)) throw error;
      idle = part.have.bytes > furthest ? 1 : idle + 1;
      furthest = Math.max(furthest, part.have.bytes);
      if (idle >= attempts) {
        const rest = part.have.bytes > 0 ? `; ${part.have.bytes} bytes are kept in ${part.path} for the next try` : '';
        throw new DownloadError(`cannot download ${url.href}: ${error.message}, ${attempts} times in a row${rest}`, {
          cause: error,
        });
      }
      const wait = Math.min(error.afterSeconds ?? backoffSeconds * 2 ** (idle - 1), MOST_WAIT);
      onRetry?.(error.message, wait);
      await sleep(wait * 1000, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

function checkAddress(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UsageError(`cannot download ${url.href}: expected an address that starts with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`cannot download from ${url.host} with a name and password in the address`);
  }
}

/** The size of a file that is there already and right; undefined if there is none. */
async function rightFile(file: string, checksum: Checksum): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const hex = await hexOf(file, checksum);
  if (hex === checksum.hex) return found.size;
  throw new FileExistsError(
    `${file} exists already and is another file: ${nameOf(checksum)} ${hex}, expected ${checksum.hex}; pass --force to replace it`,
  );
}

/** Of what is on the disk, not of what came: that is what will be read. */
async function hexOf(file: string, { algorithm }: Checksum): Promise<string> {
  const hash = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    throw withPath(error, `cannot read ${file}`);
  }
  return hash.digest('hex');
}

const nameOf = ({ algorithm }: Checksum): string => (algorithm === 'md5' ? 'MD5' : 'SHA-256');
