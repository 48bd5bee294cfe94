import { NasbenchError } from '@nasbench/foundation/errors';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { darkRules } from '../src/drawing/colors.ts';
import { drawCell, type Figure, type Report, renderReport } from '../src/index.ts';
import { DRAWINGS, FIGURES, RESNET } from './gallery.ts';

const EVIL = '</title></style><script>alert("x")</script><img src=x onerror=alert(1)>';

const report: Report = {
  title: 'A report',
  summary: 'What it says.',
  provenance: { provenance: 'synthetic', source: 'seeded test columns' },
  sections: [
    { heading: 'Figures', paragraphs: ['One & only.'], figures: [FIGURES['ecdf'](), FIGURES['cost']()] },
    { heading: 'Cells', drawings: [{ svg: drawCell(RESNET), caption: 'A cell.' }] },
    {
      heading: 'Table',
      tables: [
        {
          caption: 'Best',
          columns: ['cell', 'parameters'],
          rows: [
            ['a', 1234567],
            ['b', null],
          ],
        },
      ],
    },
  ],
  howToRepeat: 'npx nasbench report mini\nnpx nasbench plot ecdf mini',
};

describe('renderReport', () => {
  const html = renderReport(report);
  const { document } = parseHTML(html);

  it('holds everything, in order', () => {
    expect([...document.querySelectorAll('h1, h2')].map((heading) => heading.textContent)).toEqual([
      'A report',
      'Figures',
      'Cells',
      'Table',
      'How to repeat',
    ]);
    expect(document.querySelectorAll('figure svg')).toHaveLength(3);
    expect([...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))).toEqual([
      '#section-1',
      '#section-2',
      '#section-3',
    ]);
    expect(document.querySelector('.provenance')?.textContent).toBe('synthetic made-up numbers; seeded test columns');
    expect([...document.querySelectorAll('section:nth-of-type(3) td')].map((cell) => cell.textContent)).toEqual([
      'a',
      '1\u202f234\u202f567',
      'b',
      '–',
    ]);
    expect(document.querySelector('pre')?.textContent).toBe(report.howToRepeat);
  });

  it('needs no network and no script, and forbids both', () => {
    expect(html).not.toMatch(/<script|<link|<iframe|@import|url\(/i);
    expect([...html.matchAll(/https?:\/\/[^"'\s<]*/g)].map(([address]) => address)).toEqual(
      [1, 2, 3].map(() => 'http://www.w3.org/2000/svg'),
    );
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('is dark when asked for: no light colour of a picture is left without its dark one', () => {
    const light = new Set([...darkRules('.picture').matchAll(/="(#[0-9a-f]{6})"/g)].map(([, color]) => color));
    const pictures = [
      ...Object.values(FIGURES).map((draw) => draw().svg),
      ...Object.values(DRAWINGS).map((draw) => draw()),
    ];
    const used = new Set(
      pictures.flatMap((svg) => [...svg.matchAll(/(?:fill|stroke)="(#[^"]*)"/g)].map(([, color]) => color)),
    );
    expect([...used].filter((color) => !light.has(color))).toEqual([]);
    expect(html).toContain('prefers-color-scheme: dark');
  });

  it('shows hostile text as text, wherever it stands', () => {
    const figure: Figure = {
      ...FIGURES['ecdf']({ title: EVIL }),
      caption: EVIL,
      name: EVIL,
      numbers: { [EVIL]: EVIL },
    };
    const page = renderReport({
      title: EVIL,
      summary: EVIL,
      provenance: { provenance: 'synthetic', source: EVIL },
      howToRepeat: EVIL,
      sections: [
        {
          heading: EVIL,
          paragraphs: [EVIL],
          figures: [figure],
          drawings: [{ svg: drawCell(RESNET, { title: EVIL, subtitle: EVIL }), caption: EVIL }],
          tables: [{ caption: EVIL, columns: [EVIL], rows: [[EVIL]] }],
        },
      ],
    });
    expect(page).not.toMatch(/<(script|img)/i);
    const parsed = parseHTML(page).document;
    expect(parsed.querySelectorAll('script, img, [onerror]')).toHaveLength(0);
    expect(parsed.querySelector('h1')?.textContent).toBe(EVIL);
  });

  it.each([
    ['a script', '<svg xmlns="x"><script>alert(1)</script></svg>'],
    ['a handler', '<svg onload="alert(1)"></svg>'],
    ['a handler behind a quoted bracket', '<svg a=">" onload="alert(1)"></svg>'],
    ['an unquoted handler', '<svg onload=alert(1)></svg>'],
    ['a foreign element', '<svg xmlns="x"><foreignObject></foreignObject></svg>'],
    ['a link', '<svg xmlns="x"><g href="javascript:alert(1)"></g></svg>'],
    ['a style', '<svg xmlns="x"><g style="background:url(http://x)"></g></svg>'],
    ['a reference', '<svg xmlns="x"><g fill="url(http://x)"></g></svg>'],
    ['a comment', '<svg xmlns="x"><!-- --></svg>'],
    ['an end and more', '<svg xmlns="x"></svg><p></p><svg xmlns="x"></svg>'],
    ['an unfinished tag', '<svg xmlns="x"><g </svg>'],
    ['no svg', 'hello'],
  ])('refuses a picture with %s', (_, svg) => {
    const page = { ...report, sections: [{ heading: 'x', drawings: [{ svg }] }] };
    expect(() => renderReport(page)).toThrow(NasbenchError);
  });

  it('refuses a report without sections, without provenance, with a torn table', () => {
    expect(() => renderReport({ ...report, sections: [] })).toThrow(/at least one section/);
    expect(() => renderReport({ ...report, provenance: [] })).toThrow(/needs a provenance: .*got none$/);
    expect(() => renderReport({ ...report, provenance: { provenance: 'guessed' as 'official' } })).toThrow(
      /got guessed$/,
    );
    const tables = [{ columns: ['a', 'b'], rows: [[1, 2], [3]] }];
    expect(() => renderReport({ ...report, sections: [{ heading: 'x', tables }] })).toThrow(
      /2 columns but 1 in row 1$/,
    );
  });

  it('names several sources', () => {
    const page = renderReport({ ...report, provenance: [{ provenance: 'official' }, { provenance: 'surrogate' }] });
    expect([...parseHTML(page).document.querySelectorAll('.badge')].map((badge) => badge.textContent)).toEqual([
      'official',
      'surrogate',
    ]);
  });
});
