/** One entry of an archive to be made. */
export interface TarItem {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** '0' file, '5' folder, '1' and '2' links, ... */
  readonly type?: string;
  /** in the header's field of its own */
  readonly prefix?: string;
}

/** A tar archive (POSIX ustar), for tests of the reader. */
export function tarOf(items: readonly TarItem[]): Uint8Array {
  const blocks = items.flatMap(({ name, bytes = new Uint8Array(), type = '0', prefix = '' }) => {
    const header = new Uint8Array(512);
    const put = (text: string, at: number): void => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put('0000644\0', 100);
    put(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
    put(' '.repeat(8), 148);
    put(type, 156);
    put('ustar\u000000', 257);
    put(prefix, 345);
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const content = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    content.set(bytes);
    return [header, content];
  });
  return concatenate([...blocks, new Uint8Array(1024)]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
