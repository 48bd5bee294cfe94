/**
 * Every colour of every picture, each with its counterpart on a dark page. Pictures are written in the light colours;
 * a page that wants the dark ones adds `darkRules` to its style sheet (attributes lose to any CSS rule).
 *
 * The series colours are those of Okabe and Ito (2008), darkened for text on white where needed; ramps are viridis
 * with the ends that vanish on the page cut off, dark meaning more on white and light meaning more on black.
 */
export interface ThemedColor {
  readonly light: string;
  readonly dark: string;
}

export const INK = { light: '#1f2328', dark: '#e8eaed' };
export const MUTED = { light: '#58616c', dark: '#a5aeba' };
export const AXIS = { light: '#8a939e', dark: '#68727e' };
export const GRID = { light: '#e4e7eb', dark: '#2b313a' };
export const SURFACE = { light: '#ffffff', dark: '#15181d' };

/** Colour and dash of the n-th series; the dash tells them apart in grey. */
export interface SeriesStyle {
  readonly color: ThemedColor;
  /** SVG stroke-dasharray; empty: solid */
  readonly dash: string;
}

const SERIES: readonly SeriesStyle[] = [
  { color: { light: '#0068a8', dark: '#5bb5ec' }, dash: '' },
  { color: { light: '#c9550b', dark: '#ff9a5a' }, dash: '7 3' },
  { color: { light: '#00825f', dark: '#37cba0' }, dash: '2 3' },
  { color: { light: '#a0418a', dark: '#e59fce' }, dash: '9 3 2 3' },
  { color: { light: '#8a6a00', dark: '#e8c13d' }, dash: '12 4' },
  { color: { light: '#474f59', dark: '#c4cbd4' }, dash: '4 2' },
  { color: { light: '#2b8fb8', dark: '#8fd8f5' }, dash: '1 3' },
  { color: { light: '#7a3e1d', dark: '#d9a27e' }, dash: '8 2 2 2 2 2' },
];

/** From the ninth series on the colours come again with other dashes. */
export function seriesStyle(index: number): SeriesStyle {
  const round = Math.floor(index / SERIES.length);
  const { color } = SERIES[index % SERIES.length];
  return { color, dash: SERIES[(index + 3 * round) % SERIES.length].dash };
}

/** The three image splits look the same in every figure. */
const SPLITS: Readonly<Record<string, number>> = { test: 0, validation: 1, train: 2 };

export function splitStyle(split: string): SeriesStyle | undefined {
  const index = SPLITS[split.toLowerCase().split(/[ _(]/)[0] ?? ''];
  return index === undefined ? undefined : seriesStyle(index);
}

/** From low to high. */
export const RAMP: readonly ThemedColor[] = [
  { light: '#a9c938', dark: '#4a4391' },
  { light: '#62c35e', dark: '#3d5c97' },
  { light: '#37ad77', dark: '#307495' },
  { light: '#229884', dark: '#278a8f' },
  { light: '#267f8e', dark: '#24a186' },
  { light: '#31648f', dark: '#47c06f' },
  { light: '#414886', dark: '#90d743' },
  { light: '#481b6d', dark: '#f0e51e' },
];

/** Counts of cells: one hue, so that nobody reads them as accuracy. */
export const COUNT_RAMP: readonly ThemedColor[] = [
  { light: '#b4c8dc', dark: '#34475a' },
  { light: '#8fb0cf', dark: '#416583' },
  { light: '#6a97c0', dark: '#4f84ad' },
  { light: '#457caf', dark: '#66a3d0' },
  { light: '#285f97', dark: '#8ac3e8' },
  { light: '#143f70', dark: '#c4e4f7' },
];

export interface OperationColors {
  readonly fill: ThemedColor;
  readonly stroke: ThemedColor;
}

const ENDPOINT: OperationColors = {
  fill: { light: '#eef0f3', dark: '#262b32' },
  stroke: { light: '#69737f', dark: '#98a2ae' },
};

const OPERATIONS: Readonly<Record<string, OperationColors>> = {
  input: ENDPOINT,
  output: ENDPOINT,
  'conv3x3-bn-relu': {
    fill: { light: '#c5dff3', dark: '#163a57' },
    stroke: { light: '#0a66a3', dark: '#5cb3ea' },
  },
  'conv1x1-bn-relu': {
    fill: { light: '#fde5c3', dark: '#4d3414' },
    stroke: { light: '#b3670a', dark: '#f0aa52' },
  },
  maxpool3x3: {
    fill: { light: '#cdeedd', dark: '#124232' },
    stroke: { light: '#0b7d5b', dark: '#44c79d' },
  },
};

const OTHER_OPERATIONS: readonly OperationColors[] = [
  { fill: { light: '#efdcf0', dark: '#432a44' }, stroke: { light: '#8d3f90', dark: '#d993dc' } },
  { fill: { light: '#dfe0f7', dark: '#2e3059' }, stroke: { light: '#4d50ab', dark: '#a3a6f0' } },
  { fill: { light: '#f2ecc0', dark: '#423d11' }, stroke: { light: '#7d7000', dark: '#d8c93f' } },
  { fill: { light: '#f8dcd8', dark: '#512923' }, stroke: { light: '#b04436', dark: '#f09a8d' } },
];
const KNOWN_OTHERS = ['bottleneck3x3', 'bottleneck5x5', 'maxpool3x3-conv1x1', 'identity'];

/** The colours of an operation: the same in every drawing, for a user's own operations by their name. */
export function operationColors(operation: string): OperationColors {
  const own = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (own) return own;
  const known = KNOWN_OTHERS.indexOf(operation);
  let index = Math.max(known, 0);
  if (known < 0) for (const character of operation) index = (index * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return OTHER_OPERATIONS[index % OTHER_OPERATIONS.length];
}

/** CSS rules that turn every picture below `selector` (e.g. `.dark .picture`) dark, for a page's style sheet. */
export function darkRules(selector: string): string {
  const operations = [...Object.values(OPERATIONS), ...OTHER_OPERATIONS];
  const colors = [INK, MUTED, AXIS, GRID, SURFACE].concat(
    SERIES.map(({ color }) => color),
    RAMP,
    COUNT_RAMP,
    operations.flatMap(({ fill, stroke }) => [fill, stroke]),
  );
  const byLight = new Map(colors.map(({ light, dark }) => [light, dark]));
  return [...byLight]
    .flatMap(([light, dark]) => ['fill', 'stroke'].map((name) => `${selector} [${name}="${light}"]{${name}:${dark}}`))
    .join('\n');
}
