import { DRAWINGS, FIGURES } from './gallery.ts';

/** For browser.test.ts: every picture, drawn with the page's own document. */
export function drawAll(): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(FIGURES).map(([name, draw]) => [name, draw().svg])),
    ...Object.fromEntries(Object.entries(DRAWINGS).map(([name, draw]) => [name, draw()])),
  };
}
