import { md5 } from './md5.ts';

/** Words of a digest as text: 32 hexadecimal characters in 8 little-endian words. */
export const HEX_WORDS = 8;

/** HEX_PAIR[byte] = its two hexadecimal characters, the first in the low byte. */
const HEX_PAIR = Uint16Array.from({ length: 256 }, (_, byte) => {
  const text = byte.toString(16).padStart(2, '0');
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
});

const PADDING = 0x80;

/** A message under construction out of characters and digests, kept in words from end to end. */
export class Md5Text {
  private readonly words: Int32Array;
  private readonly state = new Int32Array(4);
  private length = 0;

  constructor(maxBytes: number) {
    this.words = new Int32Array(16 * (((maxBytes + 8) >> 6) + 1));
  }

  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  byte(code: number): void {
    const shift = (this.length & 3) << 3;
    const word = this.length >> 2;
    this.words[word] = shift === 0 ? code : this.words[word] | (code << shift);
    this.length++;
  }

  /** Appends the 32 characters at `hex[at .. at + 7]`. */
  digest(hex: Int32Array, at: number): void {
    const { words } = this;
    const shift = (this.length & 3) << 3;
    const word = this.length >> 2;
    if (shift === 0) {
      for (let i = 0; i < HEX_WORDS; i++) words[word + i] = hex[at + i];
    } else {
      let carry = words[word];
      for (let i = 0; i < HEX_WORDS; i++) {
        const next = hex[at + i];
        words[word + i] = carry | (next << shift);
        carry = next >>> (32 - shift);
      }
      words[word + HEX_WORDS] = carry;
    }
    this.length += 32;
  }

  /** The md5 state of the message, valid until the next call; starts a new message. */
  finish(): Int32Array {
    const { length, words } = this;
    this.byte(PADDING);
    const blocks = ((length + 8) >> 6) + 1;
    const end = blocks * 16;
    for (let i = (length >> 2) + 1; i < end; i++) words[i] = 0;
    words[end - 2] = length << 3;
    this.length = 0;
    md5(words, blocks, this.state);
    return this.state;
  }
}

/** Writes the digest's 32 characters to `hex[at .. at + 7]`. */
export function writeHex(state: Int32Array, hex: Int32Array, at: number): void {
  for (let i = 0; i < 4; i++) {
    const word = state[i];
    hex[at + 2 * i] = HEX_PAIR[word & 255] | (HEX_PAIR[(word >>> 8) & 255] << 16);
    hex[at + 2 * i + 1] = HEX_PAIR[(word >>> 16) & 255] | (HEX_PAIR[word >>> 24] << 16);
  }
}

/** Digest bytes read as a big-endian number: such words order digests as their texts do. */
export function bigEndian(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** The digest as 32 hexadecimal digits. */
export function digestText(state: Int32Array): string {
  let text = '';
  for (const word of state) text += bigEndian(word).toString(16).padStart(8, '0');
  return text;
}
