/** floor(2^32 |sin(i + 1)|), RFC 1321. Written out as hexadecimal because Math.sin may differ between engines. */
export const SINES = Int32Array.from(
  (
    'd76aa478e8c7b756242070dbc1bdceeef57c0faf4787c62aa8304613fd469501698098d88b44f7afffff5bb1895cd7be' +
    '6b901122fd987193a679438e49b40821f61e2562c040b340265e5a51e9b6c7aad62f105d02441453d8a1e681e7d3fbc8' +
    '21e1cde6c33707d6f4d50d87455a14eda9e3e905fcefa3f8676f02d98d2a4c8afffa39428771f6816d9d6122fde5380c' +
    'a4beea444bdecfa9f6bb4b60bebfbc70289b7ec6eaa127fad4ef308504881d05d9d4d039e6db99e51fa27cf8c4ac5665' +
    'f4292244432aff97ab9423a7fc93a039655b59c38f0ccc92ffeff47d85845dd16fa87e4ffe2ce6e0a30143144e0811a1' +
    'f7537e82bd3af2352ad7d2bbeb86d391'
  ).match(/.{8}/g) ?? [],
  (word) => Number.parseInt(word, 16),
);

/** The state before the first block: 0123456789abcdeffedcba9876543210. */
export const INITIAL_STATE = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);

/**
 * MD5 of a padded message: `blocks` times 16 little-endian words. Writes the four state words to `state`.
 * Our own, because module hashes are md5 sums of many short texts of md5 sums: here text and digest stay words.
 * Every sum is cut to 32 bits at once, or engines add doubles; and a helper per step, not inlined, would halve the speed.
 */
export function md5(words: Int32Array, blocks: number, state: Int32Array): void {
  let a0 = INITIAL_STATE[0];
  let b0 = INITIAL_STATE[1];
  let c0 = INITIAL_STATE[2];
  let d0 = INITIAL_STATE[3];
  for (let start = 0; start < blocks * 16; start += 16) {
    let a = a0;
    let b = b0;
    let c = c0;
    let d = d0;
    for (let i = 0; i < 16; i += 4) {
      a = (((a + words[start + i]) | 0) + ((SINES[i] + (d ^ (b & (c ^ d)))) | 0)) | 0;
      a = (((a << 7) | (a >>> 25)) + b) | 0;
      d = (((d + words[start + i + 1]) | 0) + ((SINES[i + 1] + (c ^ (a & (b ^ c)))) | 0)) | 0;
      d = (((d << 12) | (d >>> 20)) + a) | 0;
      c = (((c + words[start + i + 2]) | 0) + ((SINES[i + 2] + (b ^ (d & (a ^ b)))) | 0)) | 0;
      c = (((c << 17) | (c >>> 15)) + d) | 0;
      b = (((b + words[start + i + 3]) | 0) + ((SINES[i + 3] + (a ^ (c & (d ^ a)))) | 0)) | 0;
      b = (((b << 22) | (b >>> 10)) + c) | 0;
    }
    for (let i = 16; i < 32; i += 4) {
      a = (((((a + words[start + ((5 * i + 1) & 15)]) | 0) + ((SINES[i] + (c & ~d)) | 0)) | 0) + (b & d)) | 0;
      a = (((a << 5) | (a >>> 27)) + b) | 0;
      d = (((((d + words[start + ((5 * i + 6) & 15)]) | 0) + ((SINES[i + 1] + (b & ~c)) | 0)) | 0) + (a & c)) | 0;
      d = (((d << 9) | (d >>> 23)) + a) | 0;
      c = (((((c + words[start + ((5 * i + 11) & 15)]) | 0) + ((SINES[i + 2] + (a & ~b)) | 0)) | 0) + (d & b)) | 0;
      c = (((c << 14) | (c >>> 18)) + d) | 0;
      b = (((((b + words[start + ((5 * i) & 15)]) | 0) + ((SINES[i + 3] + (d & ~a)) | 0)) | 0) + (c & a)) | 0;
      b = (((b << 20) | (b >>> 12)) + c) | 0;
    }
    for (let i = 32; i < 48; i += 4) {
      a = (((a + words[start + ((3 * i + 5) & 15)]) | 0) + ((SINES[i] + (b ^ c ^ d)) | 0)) | 0;
      a = (((a << 4) | (a >>> 28)) + b) | 0;
      d = (((d + words[start + ((3 * i + 8) & 15)]) | 0) + ((SINES[i + 1] + (a ^ b ^ c)) | 0)) | 0;
      d = (((d << 11) | (d >>> 21)) + a) | 0;
      c = (((c + words[start + ((3 * i + 11) & 15)]) | 0) + ((SINES[i + 2] + (d ^ a ^ b)) | 0)) | 0;
      c = (((c << 16) | (c >>> 16)) + d) | 0;
      b = (((b + words[start + ((3 * i + 14) & 15)]) | 0) + ((SINES[i + 3] + (c ^ d ^ a)) | 0)) | 0;
      b = (((b << 23) | (b >>> 9)) + c) | 0;
    }
    for (let i = 48; i < 64; i += 4) {
      a = (((a + words[start + ((7 * i) & 15)]) | 0) + ((SINES[i] + (c ^ (b | ~d))) | 0)) | 0;
      a = (((a << 6) | (a >>> 26)) + b) | 0;
      d = (((d + words[start + ((7 * i + 7) & 15)]) | 0) + ((SINES[i + 1] + (b ^ (a | ~c))) | 0)) | 0;
      d = (((d << 10) | (d >>> 22)) + a) | 0;
      c = (((c + words[start + ((7 * i + 14) & 15)]) | 0) + ((SINES[i + 2] + (a ^ (d | ~b))) | 0)) | 0;
      c = (((c << 15) | (c >>> 17)) + d) | 0;
      b = (((b + words[start + ((7 * i + 5) & 15)]) | 0) + ((SINES[i + 3] + (d ^ (c | ~a))) | 0)) | 0;
      b = (((b << 21) | (b >>> 11)) + c) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  state[0] = a0;
  state[1] = b0;
  state[2] = c0;
  state[3] = d0;
}
