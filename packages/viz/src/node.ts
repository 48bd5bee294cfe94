export { type PngOptions, toPng } from './png.node.ts';
