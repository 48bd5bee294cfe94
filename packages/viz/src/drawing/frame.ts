import { GRID, INK, MUTED, SURFACE } from './colors.ts';
import { element, type SvgElement, serialize } from './svg.ts';
import { FONT_FAMILY, textLine, wrapText } from './text.ts';

const PADDING = 14;
const TITLE_SIZE = 15.5;
const NOTE_SIZE = 11;

/** A part of a picture that knows how tall it is; its own origin is at its top left. */
export interface Block {
  readonly element: SvgElement;
  readonly height: number;
}

/** Width between the paddings of a framed picture. */
export function contentWidth(width: number): number {
  return width - 2 * PADDING;
}

/** Stacks a title, blocks (legend, panels) and a note with n and provenance into one standalone SVG. */
export function framePicture(
  width: number,
  content: { readonly title: string; readonly blocks: readonly Block[]; readonly note: string },
): { svg: string; height: number } {
  const children: SvgElement[] = [];
  let y = PADDING;
  for (const line of wrapText(content.title, contentWidth(width), TITLE_SIZE, 600)) {
    children.push(textLine(line, PADDING, y + TITLE_SIZE - 3, { size: TITLE_SIZE, fill: INK.light, weight: 600 }));
    y += TITLE_SIZE + 4;
  }
  y += 6;
  for (const block of content.blocks) {
    children.push(element('g', { transform: `translate(${PADDING},${y})` }, block.element));
    y += block.height;
  }
  y += 8;
  children.push(
    element('line', { x1: PADDING, x2: width - PADDING, y1: y, y2: y, stroke: GRID.light, 'stroke-width': 1 }),
  );
  y += 3;
  for (const line of wrapText(content.note, contentWidth(width), NOTE_SIZE)) {
    y += NOTE_SIZE + 3;
    children.push(textLine(line, PADDING, y, { size: NOTE_SIZE, fill: MUTED.light }));
  }
  const height = Math.ceil(y + PADDING - 4);
  return { svg: picture(width, height, content.title, children), height };
}

/** The root of every picture: white ground (a viewer's may be black), font, text alternative. */
export function picture(width: number, height: number, label: string, children: readonly SvgElement[]): string {
  return serialize(
    element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: 'img',
        'aria-label': label,
        'font-family': FONT_FAMILY,
      },
      element('rect', { width, height, fill: SURFACE.light }),
      ...children,
    ),
  );
}
