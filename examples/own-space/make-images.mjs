// Draws grey PNG images of 16 x 16 pixels of three kinds: node make-images.mjs [DIR] [SEED]
// DIR/train/circle/000.png .. DIR/test/stripes/039.png; the same seed gives the same files on every machine.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const [folder = path.join(import.meta.dirname, 'images'), seed = '1'] = process.argv.slice(2);
const SIZE = 16;
const COUNTS = { train: 160, test: 40 };

/** Whether a pixel at (x, y) from the middle of a shape of radius r is part of it. */
const SHAPES = {
  circle: (x, y, r) => Math.abs(Math.sqrt(x * x + y * y) - r) < 1,
  cross: (x, y, r) => Math.abs(Math.abs(x) - Math.abs(y)) < 1 && Math.abs(x) <= r,
  stripes: (x, y, r) => Math.abs(x) <= r && Math.abs(y) <= r && (y + 16) % 3 < 1,
};

// mulberry32: 32-bit integers only, so the same numbers everywhere.
let state = crc32(seed);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** A faint shape of random place, size and brightness in noise. */
function draw(isPart) {
  const [middleX, middleY] = [6 + Math.floor(4 * random()), 6 + Math.floor(4 * random())];
  const radius = 3 + Math.floor(3 * random());
  const brightness = 40 + 40 * random();
  return Uint8Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [x, y] = [(i % SIZE) - middleX, Math.floor(i / SIZE) - middleY];
    return 175 * random() + (isPart(x, y, radius) ? brightness : 0);
  });
}

/** An 8-bit grey PNG: signature, header, rows each after a 0 (no filter), end. */
function png(pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header[8] = 8;
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y++) rows.set(pixels.subarray(y * SIZE, (y + 1) * SIZE), y * (SIZE + 1) + 1);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')]);
}

function chunk(type, data = Buffer.alloc(0)) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

for (const [split, count] of Object.entries(COUNTS)) {
  for (const [name, isPart] of Object.entries(SHAPES)) {
    const of = path.join(folder, split, name);
    mkdirSync(of, { recursive: true });
    for (let i = 0; i < count; i++)
      writeFileSync(path.join(of, `${String(i).padStart(3, '0')}.png`), png(draw(isPart)));
  }
}
console.log(
  `${folder}: ${Object.values(COUNTS).reduce((a, b) => a + b) * 3} images of ${Object.keys(SHAPES).join(', ')}`,
);
