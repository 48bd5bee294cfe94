import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Argument, type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import {
  assertFreeFolder,
  cacheFolder,
  type DownloadProgress,
  type DownloadResult,
  downloadFile,
  hasFiles,
  PUBLISHED_FILES,
  type PublishedFile,
  type PublishedName,
  unpackArchive,
} from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import { type CommandContext, commandContext, example, formatNumber, JSON_OPTION } from '@nasbench/terminal';

const NAMES = Object.keys(PUBLISHED_FILES) as PublishedName[];

/** The archive's folder is also the layout that `--images cifar10:DIR` reads. */
const CIFAR10_FOLDER = 'cifar-10-batches-bin';
const CIFAR10_FILES = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`).concat('test_batch.bin');

/** `nasbench fetch official|official-108|cifar10`: what others publish, downloaded and checked. */
export function addFetchCommand(program: Command): void {
  program
    .command('fetch')
    .description('download the official dataset or the images of CIFAR-10; resumable, checked by checksum')
    .addArgument(new Argument('<name>', 'what to download').choices(NAMES))
    .option('--out <path>', 'the file, for cifar10 the folder (default: in NASBENCH_CACHE, else ~/.cache/nasbench)')
    .option('--from <url>', 'address of a folder that has the file under its usual name', webAddress)
    .option('--checksum <hex>', 'of another version of the file: SHA-256, for cifar10 MD5', hexDigits)
    .option('--force', 'replace what exists')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench fetch official-108', 'nasbench fetch cifar10 --out images/cifar10'))
    .action(async (name, { out, from, checksum, force = false, json }) => {
      const context = commandContext({ json });
      const published: PublishedFile = PUBLISHED_FILES[name];
      if (checksum !== undefined && checksum.length !== published.checksum.hex.length) {
        throw new UsageError(
          `--checksum has ${checksum.length} digits, expected ${published.checksum.hex.length} for ${name}`,
        );
      }
      const request: Request = {
        url: new URL(published.name, from ?? published.folder),
        published,
        checksum: { ...published.checksum, ...(checksum && { hex: checksum }) },
        official: checksum === undefined || checksum === published.checksum.hex,
        force,
      };
      const fetched = await (name === 'cifar10' ? fetchImages : fetchFile)(context, request, out);
      const next = nextCommand(name, fetched.path);
      const { bytes, requests } = fetched.download ?? { bytes: undefined, requests: 0 };
      context.result(
        { name, path: fetched.path, url: request.url.href, official: request.official, bytes, requests, next },
        [
          requests === 0
            ? `${fetched.path} is there already`
            : `${fetched.path}: ${formatNumber(bytes ?? 0)} bytes, checksum right${request.official ? '' : ' (not the official one)'}`,
          `next: ${next}`,
        ].join('\n'),
      );
    });
}

interface Request {
  readonly url: URL;
  readonly published: PublishedFile;
  readonly checksum: PublishedFile['checksum'];
  /** the checksum is the published one */
  readonly official: boolean;
  readonly force: boolean;
}

interface Fetched {
  readonly path: string;
  /** undefined: nothing had to be asked of a server */
  readonly download: DownloadResult | undefined;
}

async function fetchFile(context: CommandContext, request: Request, out: string | undefined): Promise<Fetched> {
  const file = out ?? path.join(cacheFolder(), request.published.name);
  return { path: file, download: await download(context, request, file) };
}

async function fetchImages(context: CommandContext, request: Request, out: string | undefined): Promise<Fetched> {
  const folder = out ?? path.join(cacheFolder(), CIFAR10_FOLDER);
  const { force } = request;
  if (!force && (await hasFiles(folder, CIFAR10_FILES))) return { path: folder, download: undefined };
  await assertFreeFolder(folder, force);
  const archive = `${path.resolve(folder)}.tar.gz`;
  const result = await download(context, request, archive);
  await unpackArchive(archive, folder, { inner: CIFAR10_FOLDER, expected: CIFAR10_FILES, force });
  await rm(archive, { force: true });
  return { path: folder, download: result };
}

async function download(context: CommandContext, request: Request, file: string): Promise<DownloadResult> {
  const { url, published, checksum, force } = request;
  const meter = createMeter(context, published);
  try {
    return await downloadFile(url, file, {
      checksum,
      force,
      maxBytes: Math.ceil(published.bytes * 1.1),
      signal: context.signal,
      onProgress: (progress) => meter.update(progress),
      onRetry: (problem, seconds) => {
        meter.stop();
        context.note(`${url.host}: ${problem}; trying again${seconds < 1 ? '' : ` in ${seconds} s`}`);
      },
    });
  } finally {
    meter.stop();
  }
}

const MEGABYTE = 1e6;

/** A progress bar from the first byte of this attempt: what was there before took no time, so it must not count. */
function createMeter(context: CommandContext, { name, bytes: expected }: PublishedFile) {
  let bar: ReturnType<CommandContext['progress']> | undefined;
  let first = { bytes: 0, seconds: 0 };
  return {
    update({ bytes, total = expected }: DownloadProgress): void {
      const seconds = performance.now() / 1000;
      if (bar === undefined || bytes < first.bytes) {
        bar?.stop();
        first = { bytes, seconds };
        bar = context.progress(name, Math.max(total - bytes, 1));
      }
      const rate = (bytes - first.bytes) / MEGABYTE / Math.max(seconds - first.seconds, 1e-3);
      const text = `${(bytes / MEGABYTE).toFixed(1)} of ${(total / MEGABYTE).toFixed(1)} MB, ${rate.toFixed(1)} MB/s`;
      bar.update(bytes - first.bytes, text);
    },
    stop(): void {
      bar?.stop();
      bar = undefined;
    },
  };
}

function nextCommand(name: PublishedName, file: string): string {
  return name === 'cifar10'
    ? `nasbench train 010/001/000:conv3x3 --images cifar10:${file}`
    : `nasbench import ${file} --out ${name}.arrow`;
}

/** With a `/` at the end, so that the file's name is added and replaces nothing. */
function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('expected an address that starts with http:// or https://');
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function hexDigits(text: string): string {
  if (!/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(text)) {
    throw new InvalidArgumentError('expected 64 hexadecimal digits, for cifar10 32');
  }
  return text.toLowerCase();
}
