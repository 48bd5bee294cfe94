import { NasbenchError } from '@nasbench/foundation/errors';

const SHAPES = new Set([
  'svg',
  'g',
  'path',
  'rect',
  'line',
  'circle',
  'ellipse',
  'polyline',
  'polygon',
  'text',
  'tspan',
  'title',
]);
const TAG = /^<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z][\w:-]*="[^"<>]*")*)\s*\/?>$/;
const FORBIDDEN_ATTRIBUTE = /^(on|style$|class$|id$|src$|(xlink:)?href$)/i;

/**
 * Pictures go into a page as they are, so a page admits shapes and text only: no script, no link, no style, no foreign
 * elements, no handlers. The check is strict rather than clever: every tag must be one of ours, written as we write it.
 *
 * @throws NasbenchError naming what is not plain
 */
export function assertPlainSvg(svg: string, what: string): void {
  if (!svg.startsWith('<svg ') || !svg.endsWith('</svg>')) throw new NasbenchError(`${what} of a report is not an svg`);
  for (const [tag] of svg.matchAll(/<[^>]*>?/g)) {
    const [, , name, attributes] = TAG.exec(tag) ?? [];
    if (name === undefined || attributes === undefined || !SHAPES.has(name) || !plainAttributes(attributes))
      throw new NasbenchError(`${what} of a report may hold shapes and text only, but has ${shorten(tag)}`);
  }
}

/** No attribute that runs, loads or names anything; none but the label may hold entities or references. */
function plainAttributes(attributes: string): boolean {
  for (const [, name, value] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g))
    if (FORBIDDEN_ATTRIBUTE.test(name) || (name !== 'aria-label' && /&|url\(/i.test(value))) return false;
  return true;
}

function shorten(tag: string): string {
  const line = tag.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}...` : line;
}
