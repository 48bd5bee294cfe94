import { element, type SvgElement } from './svg.ts';

/** What the pictures ask for; `toPng` brings Inter along, a viewer without it takes its own sans-serif. */
export const FONT_FAMILY = 'Inter, system-ui, Helvetica, Arial, sans-serif';

export type FontWeight = 400 | 600;

// Advance widths of Inter in thousandths of an em, U+0020 to U+007E; browsers and Node must lay out alike without a font at hand.
const ADVANCES: Readonly<Record<FontWeight, readonly number[]>> = {
  400: widths(
    '281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566 619 620 288 302 662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 690 985 682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 612 376 528 327 591 562 818 546 562 552 426 333 426 662',
  ),
  600: widths(
    '252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 660 423 623 636 666 612 640 576 640 640 319 329 673 673 673 543 999 728 659 737 722 605 588 749 746 277 580 703 565 922 759 769 645 773 652 650 660 736 728 1020 720 713 652 373 379 373 481 469 351 574 624 583 624 591 389 625 612 262 262 569 262 900 612 609 624 624 397 549 353 612 587 839 569 588 566 455 359 455 673',
  ),
};
const OTHER_ADVANCES: Readonly<Record<string, number>> = {
  '\u202f': 182,
  '\u00a0': 281,
  '·': 288,
  '→': 954,
  '–': 500,
  '—': 1000,
  '…': 864,
  '×': 662,
};
const UNKNOWN_ADVANCE = 640;

function widths(table: string): readonly number[] {
  return table.split(' ').map(Number);
}

/** Width of a line of text in pixels, without kerning. */
export function textWidth(text: string, size: number, weight: FontWeight = 400): number {
  let thousandths = 0;
  for (const character of text)
    thousandths +=
      ADVANCES[weight][(character.codePointAt(0) ?? 0) - 32] ?? OTHER_ADVANCES[character] ?? UNKNOWN_ADVANCE;
  return (thousandths * size) / 1000;
}

/** Breaks a text at spaces into lines of at most `width` pixels; a longer word is cut. */
export function wrapText(text: string, width: number, size: number, weight: FontWeight = 400): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[ \n\t]+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, size, weight) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line, size, weight) > width && line.length > 1) {
      const fits = longestPrefix(line, width, size, weight);
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Shortens a text with an ellipsis to at most `width` pixels. */
export function truncateText(text: string, width: number, size: number, weight: FontWeight = 400): string {
  if (textWidth(text, size, weight) <= width) return text;
  return `${text.slice(0, longestPrefix(text, width - textWidth('…', size, weight), size, weight))}…`;
}

/** How many characters fit, at least 1; never half of a surrogate pair. */
function longestPrefix(text: string, width: number, size: number, weight: FontWeight): number {
  let fits = 1;
  let tooLong = text.length + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (textWidth(text.slice(0, middle), size, weight) <= width) fits = middle;
    else tooLong = middle;
  }
  return isLowSurrogate(text.charCodeAt(fits)) ? Math.max(fits - 1, 2) : fits;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly weight?: FontWeight;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Colour of an outline behind the letters that keeps them readable on lines and points. */
  readonly halo?: string;
}

/** One line of text, its baseline at y; another font than the expected is stretched to the width that was reckoned with. */
export function textLine(text: string, x: number, y: number, style: TextStyle): SvgElement {
  const halo = style.halo && {
    stroke: style.halo,
    'stroke-width': 4,
    'stroke-linejoin': 'round',
    'paint-order': 'stroke',
  };
  return element(
    'text',
    {
      x,
      y,
      fill: style.fill,
      'font-size': style.size,
      textLength: textWidth(text, style.size, style.weight),
      lengthAdjust: 'spacingAndGlyphs',
      'text-anchor': style.anchor ?? 'start',
      ...(style.weight === 600 && { 'font-weight': 600 }),
      ...halo,
    },
    text,
  );
}
