import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { toPng } from '../src/node.ts';
import { assertPlainSvg } from '../src/report/plainSvg.ts';
import { DRAWINGS, FIGURES } from './gallery.ts';

describe.each(Object.entries(FIGURES))('figure %s', (name, draw) => {
  const figure = draw();

  it('is the picture that was looked at', async () => {
    await expect(figure.svg).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });

  it('has the same bytes again, in another document and after other figures', () => {
    const { document } = parseHTML('<!doctype html><html><body><p>something else</p></body></html>');
    expect(draw({ document }).svg).toBe(figure.svg);
  });

  it('is a plain, standalone picture below 500 kB that an XML parser reads', () => {
    assertPlainSvg(figure.svg, name);
    expect(figure.svg).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(figure.svg).not.toMatch(/NaN|Infinity|undefined|\sid=|url\(/);
    expect(figure.svg.length).toBeLessThan(500_000);
    expect(figure.svg).toContain(`height="${figure.height}"`);
    expect(toPng(figure.svg, { scale: 0.5 }).length).toBeGreaterThan(1000);
  });

  it('says n and provenance in the picture and in the caption', () => {
    for (const text of [figure.caption, textOf(figure.svg)]) {
      expect(text).toMatch(/n = [\d\u202f]+ (cells|runs?)/);
      expect(text).toContain('provenance: synthetic (made-up numbers)');
    }
  });

  it('keeps its texts inside at any width', () => {
    for (const width of [280, 360, 520, 900]) {
      const { svg, height } = draw({ width });
      for (const { left, right, top } of textBoxes(svg)) {
        expect(left).toBeGreaterThanOrEqual(-0.5);
        expect(right).toBeLessThanOrEqual(width + 0.5);
        expect(top).toBeLessThanOrEqual(height);
      }
    }
  });

  it('takes a title of its own, escaped', () => {
    const { svg, title } = draw({ title: '<script>alert("&")</script>' });
    expect(title).toBe('<script>alert("&")</script>');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
  });
});

describe.each(Object.entries(DRAWINGS))('drawing %s', (name, draw) => {
  it('is the picture that was looked at', async () => {
    const svg = draw();
    assertPlainSvg(svg, name);
    expect(toPng(svg, { scale: 0.5 }).length).toBeGreaterThan(500);
    await expect(svg).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });
});

function textOf(svg: string): string {
  return svg.replace(/<[^>]*>/g, ' ').replace(/\s{2,}/g, ' ');
}

/** Where the texts that we place ourselves end, from the width they are stretched to. */
function textBoxes(svg: string) {
  const boxes: { left: number; right: number; top: number }[] = [];
  const shifts: number[] = [0];
  for (const [tag] of svg.matchAll(/<\/?(g|text)\b[^>]*>/g)) {
    const shift = Number(/transform="translate\((-?[\d.]+)/.exec(tag)?.[1] ?? 0);
    if (tag.startsWith('</g')) shifts.pop();
    else if (tag.startsWith('<g')) shifts.push((shifts.at(-1) ?? 0) + shift);
    const length = Number(/textLength="([\d.]+)"/.exec(tag)?.[1]);
    if (!tag.startsWith('<text') || Number.isNaN(length)) continue;
    const x = (shifts.at(-1) ?? 0) + Number(/ x="(-?[\d.]+)"/.exec(tag)?.[1]);
    const before = { start: 0, middle: length / 2, end: length }[/text-anchor="(\w+)"/.exec(tag)?.[1] ?? ''] ?? 0;
    boxes.push({ left: x - before, right: x - before + length, top: Number(/ y="(-?[\d.]+)"/.exec(tag)?.[1]) });
  }
  return boxes;
}
