import { createRandom, deriveSeed, normal, shuffleInPlace, truncatedNormal } from '@nasbench/foundation/random';
import { describe, expect, it } from 'vitest';

const draws = (random: ReturnType<typeof createRandom>, n: number): number[] =>
  Array.from({ length: n }, () => random.float());

describe('createRandom', () => {
  it('repeats itself for the same seed and purpose and differs for every other', () => {
    const same = [draws(createRandom(1, 'a', 2), 5), draws(createRandom('1', 'a', '2'), 5)];
    expect(same[0]).toEqual(same[1]);
    const others = [createRandom(2, 'a', 2), createRandom(1, 'b', 2), createRandom(1, 'a', 3), createRandom(1, 'a/2')];
    for (const other of others) expect(draws(other, 5)).not.toEqual(same[0]);
  });

  it('keeps its bits over releases: stored tables depend on them', () => {
    const random = createRandom(0, 'test');
    expect([random.int(1000), random.int(1000), random.float()]).toMatchInlineSnapshot(`
      [
        786,
        93,
        0.32505900573059654,
      ]
    `);
    expect(deriveSeed(0, 'test')).toMatchInlineSnapshot(`"7f5a09385ccaed14024891116c98bca9"`);
  });

  it('is uniform: chi-square of 30 000 draws into 7 bins, over 20 streams, is ordinary', () => {
    for (let stream = 0; stream < 20; stream++) {
      const random = createRandom(5, stream);
      const counts = Array.from({ length: 7 }, () => 0);
      for (let i = 0; i < 30_000; i++) counts[random.int(7)] += 1;
      const expected = 30_000 / 7;
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(27); // 6 degrees of freedom: p = 0.0001
    }
  });

  it('derives unrelated first draws for neighbouring purposes', () => {
    const first = Array.from({ length: 10_000 }, (_, i) => createRandom(9, 'run', i).float());
    const mean = first.reduce((a, b) => a + b) / first.length;
    const lag = first.slice(1).reduce((sum, x, i) => sum + (x - 0.5) * (first[i] - 0.5), 0) / (first.length / 12);
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / first.length));
    expect(Math.abs(lag)).toBeLessThan(4 / Math.sqrt(first.length));
    expect(new Set(first).size).toBe(first.length);
  });

  it('draws the full range of 2^32 and the only value of 1', () => {
    const random = createRandom(3);
    expect(random.int(1)).toBe(0);
    const large = Array.from({ length: 1000 }, () => random.int(2 ** 32));
    expect(Math.max(...large)).toBeGreaterThan(2 ** 32 * 0.98);
    expect(large.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true);
  });
});

describe('shapes of draws', () => {
  it('normal has mean 0 and variance 1, truncated normal variance 0.7737', () => {
    const random = createRandom(11);
    const moments = (draw: () => number): [number, number] => {
      const values = Array.from({ length: 100_000 }, draw);
      const mean = values.reduce((a, b) => a + b) / values.length;
      return [mean, values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length];
    };
    const [mean, variance] = moments(() => normal(random));
    expect(Math.abs(mean)).toBeLessThan(0.013);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    const [truncatedMean, truncatedVariance] = moments(() => truncatedNormal(random));
    expect(Math.abs(truncatedMean)).toBeLessThan(0.012);
    // TensorFlow's correction of variance scaling is the square root of this.
    expect(Math.abs(truncatedVariance - 0.87962566103423978 ** 2)).toBeLessThan(0.012);
  });

  it('shuffles into every order equally often', () => {
    const counts = new Map<string, number>();
    const random = createRandom(4);
    for (let i = 0; i < 6000; i++) {
      const items = [0, 1, 2];
      shuffleInPlace(random, items);
      counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });
});
