import { ArchiveError } from './errors.ts';

/** A file or folder of an archive. Its name is relative, with `/` between its parts, none of which is `..`. */
export type TarEntry =
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'folder'; readonly name: string };

const BLOCK = 512;
/** Contents are held in memory one at a time; a file of CIFAR-10 has 31 MB. */
const MOST_BYTES = 2 ** 28;

/**
 * The entries of a tar archive (POSIX ustar), one after the other. Refuses links and devices, names that lead out of the
 * folder, long-name extensions, wrong header checksums and archives that end early: it reads data sets, not backups.
 *
 * @param archive its name, for messages
 * @throws ArchiveError with the name and the byte
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, archive: string): AsyncGenerator<TarEntry> {
  const input = new ByteReader(chunks);
  for (;;) {
    const at = input.position;
    const fail = (problem: string): ArchiveError => new ArchiveError(`${archive}: ${problem}, at byte ${at}`);
    const header = await input.take(BLOCK);
    if (header === undefined) throw fail('the archive ends without its closing blocks');
    if (header.every((byte) => byte === 0)) return;
    if (octal(header, 148, 8) !== headerSum(header)) throw fail('not a tar header, or a damaged one');
    const name = entryName(header);
    if (!isInside(name)) throw fail(`the name ${JSON.stringify(name)} leads out of the folder`);
    const size = octal(header, 124, 12);
    if (size === undefined || size > MOST_BYTES) throw fail(`${name} has no size from 0 to ${MOST_BYTES}`);
    const content = await input.take(Math.ceil(size / BLOCK) * BLOCK);
    if (content === undefined) throw fail(`the archive ends within ${name}`);
    const type = String.fromCharCode(header[156]);
    if (type === '0' || type === '\0') yield { kind: 'file', name, bytes: content.subarray(0, size) };
    else if (type === '5') yield { kind: 'folder', name };
    else throw fail(`${name} is neither a file nor a folder (type ${JSON.stringify(type)})`);
  }
}

function entryName(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const prefix = text(header, 257, 5) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function isInside(name: string): boolean {
  return name !== '' && !/^[/\\]|[\\:]/.test(name) && !name.split('/').includes('..');
}

/** Up to the first zero byte. */
function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The sum of all bytes of the header, its own eight counted as spaces. */
function headerSum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

/** Takes so many bytes at a time from chunks of any sizes. */
class ByteReader {
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Undefined if fewer are left. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const taken = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return undefined;
        this.#rest = Uint8Array.from(next.value);
      }
      const piece = this.#rest.subarray(0, length - done);
      taken.set(piece, done);
      done += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    this.position += length;
    return taken;
  }
}
