import { NasbenchError } from '@nasbench/foundation/errors';
import { formatNumber } from '../drawing/numbers.ts';
import { escapeMarkup } from '../drawing/svg.ts';
import { type Figure, type FigureSource, isProvenance, type Provenance, provenanceText } from '../figures/figure.ts';
import { assertPlainSvg } from './plainSvg.ts';
import { reportStyle } from './style.ts';

export interface ReportTable {
  readonly caption?: string;
  /** Headings with units; columns of numbers are aligned right. */
  readonly columns: readonly string[];
  /** As long as `columns`; null is a missing value. Numbers are printed with at most 6 significant digits. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A drawing that is no figure, e.g. one of `drawCells`. */
export interface ReportDrawing {
  readonly svg: string;
  readonly caption?: string;
}

/** Shown in this order: heading, paragraphs, figures, drawings, tables. */
export interface ReportSection {
  readonly heading: string;
  /** Plain text. */
  readonly paragraphs?: readonly string[];
  readonly figures?: readonly Figure[];
  readonly drawings?: readonly ReportDrawing[];
  readonly tables?: readonly ReportTable[];
}

export interface Report {
  readonly title: string;
  /** One or two sentences below the title. */
  readonly summary?: string;
  /** Where the report's numbers come from: one source, or several. */
  readonly provenance: FigureSource | readonly FigureSource[];
  readonly sections: readonly ReportSection[];
  /** Commands or text that lead to the same report again, line by line. */
  readonly howToRepeat?: string;
}

/**
 * One self-contained HTML page: no network, no script; light and dark, for screens of any width and for print.
 * All texts are escaped; pictures are admitted only if they are plain drawings.
 *
 * @throws NasbenchError without sections, for an unknown provenance, a row of another length than its columns, an SVG
 *   that holds more than shapes and text
 */
export function renderReport(report: Report): string {
  const { title, summary, sections, howToRepeat } = report;
  if (sections.length === 0) throw new NasbenchError('a report needs at least one section, got none');
  const sources = [report.provenance].flat() as readonly FigureSource[];
  if (sources.length === 0 || !sources.every(({ provenance }) => isProvenance(provenance)))
    throw new NasbenchError(
      'a report needs a provenance: official, regenerated, surrogate or synthetic, ' +
        `got ${sources.map(({ provenance }: { provenance: unknown }) => String(provenance)).join(', ') || 'none'}`,
    );
  const contents = sections.map(
    ({ heading }, i) => `<li><a href="#section-${i + 1}">${escapeMarkup(heading)}</a></li>`,
  );
  const body = [
    '<header>',
    `<h1>${escapeMarkup(title)}</h1>`,
    ...(summary ? [`<p class="summary">${escapeMarkup(summary)}</p>`] : []),
    ...sources.map((source) => `<p class="provenance">${badge(source.provenance)} ${provenanceSentence(source)}</p>`),
    ...(sections.length > 2 ? [`<nav aria-label="Sections"><ol>${contents.join('')}</ol></nav>`] : []),
    '</header>',
    '<main>',
    ...sections.map(renderSection),
    ...(howToRepeat ? [`<section><h2>How to repeat</h2><pre>${escapeMarkup(howToRepeat)}</pre></section>`] : []),
    '</main>',
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<style>\n${reportStyle()}\n</style>`,
    '</head>',
    '<body>',
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function badge(provenance: Provenance): string {
  return `<strong class="badge">${provenance}</strong>`;
}

/** What follows the badge, which says the first word. */
function provenanceSentence(source: FigureSource): string {
  return escapeMarkup(provenanceText(source).replace(/^provenance: \w+ \(([^)]*)\)/, '$1'));
}

function renderSection({ heading, paragraphs, figures, drawings, tables }: ReportSection, index: number): string {
  return [
    `<section id="section-${index + 1}">`,
    `<h2>${escapeMarkup(heading)}</h2>`,
    ...(paragraphs ?? []).map((text) => `<p>${escapeMarkup(text)}</p>`),
    ...(figures?.length ? [`<div class="figures">${figures.map(renderFigure).join('\n')}</div>`] : []),
    ...(drawings ?? []).map(renderDrawing),
    ...(tables ?? []).map(renderTable),
    '</section>',
  ].join('\n');
}

function renderFigure({ name, svg, caption, numbers }: Figure): string {
  assertPlainSvg(svg, `figure ${name}`);
  const rows = Object.entries(numbers);
  const details = `<details><summary>Numbers</summary>${renderTable({ columns: ['name', 'value'], rows })}</details>`;
  return (
    `<figure><div class="picture">${svg}</div><figcaption>${escapeMarkup(caption)}</figcaption>` +
    `${rows.length > 0 ? details : ''}</figure>`
  );
}

function renderDrawing({ svg, caption }: ReportDrawing): string {
  assertPlainSvg(svg, 'drawing');
  const text = caption ? `<figcaption>${escapeMarkup(caption)}</figcaption>` : '';
  return `<figure class="drawing"><div class="picture">${svg}</div>${text}</figure>`;
}

function renderTable({ caption, columns, rows }: ReportTable): string {
  for (const [i, row] of rows.entries())
    if (row.length !== columns.length)
      throw new NasbenchError(
        `a table of a report needs as many cells as columns, got ${columns.length} columns but ${row.length} in row ${i}`,
      );
  const numeric = columns.map(
    (_, column) =>
      rows.some((row) => typeof row[column] === 'number') &&
      rows.every((row) => typeof row[column] === 'number' || row[column] === null),
  );
  const cell = (tag: string, content: string, column: number): string =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${numeric[column] ? ' class="number"' : ''}>${content}</${tag}>`;
  return [
    '<div class="table"><table>',
    ...(caption ? [`<caption>${escapeMarkup(caption)}</caption>`] : []),
    `<thead><tr>${columns.map((label, i) => cell('th', escapeMarkup(label), i)).join('')}</tr></thead>`,
    '<tbody>',
    ...rows.map((row) => `<tr>${row.map((value, i) => cell('td', formatValue(value), i)).join('')}</tr>`),
    '</tbody></table></div>',
  ].join('\n');
}

function formatValue(value: string | number | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return escapeMarkup(value);
  return Number.isFinite(value) ? formatNumber(value, 6) : String(value);
}
