import { darkRules, GRID, INK, MUTED, SURFACE } from '../drawing/colors.ts';
import { FONT_FAMILY } from '../drawing/text.ts';

/** The style sheet of a report: the pictures' own colours, for page and pictures alike. */
export function reportStyle(): string {
  return `:root {
  --ink: ${INK.light}; --muted: ${MUTED.light}; --line: ${GRID.light}; --surface: ${SURFACE.light}; --page: #f6f7f9; --link: #0068a8;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 ${FONT_FAMILY}; }
header, main { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 40px; }
h1 { font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.015em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6rem 0 .7rem; letter-spacing: -.01em; }
h1, h2, p, figcaption, td, th { overflow-wrap: anywhere; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: var(--link); }
.summary { font-size: 1.1rem; color: var(--muted); }
.provenance { color: var(--muted); font-size: .93rem; }
.badge { display: inline-block; color: var(--ink); border: 1.5px solid currentColor; border-radius: 999px; padding: 0 .65em; margin-right: .3em; font-size: .85rem; }
nav ol { margin: 1rem 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .95rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 20px; margin: 1.1rem 0; align-items: start; }
figure { margin: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
figure.drawing { margin: 1.1rem 0; width: fit-content; max-width: 100%; }
.picture svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
.drawing .picture { overflow-x: auto; }
.drawing .picture svg { max-width: none; }
figcaption { padding: 2px 14px 12px; color: var(--muted); font-size: .85rem; line-height: 1.45; }
details { border-top: 1px solid var(--line); padding: 8px 14px; font-size: .85rem; }
summary { cursor: pointer; color: var(--muted); }
.table { overflow-x: auto; margin: 1rem 0; }
details .table { margin: .4rem 0 0; }
table { border-collapse: collapse; font-size: .93em; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .4rem; }
th, td { text-align: left; padding: .34rem .9rem .34rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--muted); }
.number { text-align: right; white-space: nowrap; }
td:first-child { font-variant-numeric: normal; }
/* A column of names is as wide as its longest word, whatever stands beside it. */
th, td:first-child { overflow-wrap: break-word; }
pre { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; overflow-x: auto; font: .88rem/1.6 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
main { padding-bottom: 56px; }
@media (max-width: 560px) {
  header, main { padding-left: 12px; padding-right: 12px; }
  header { padding-top: 22px; }
}
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: ${INK.dark}; --muted: ${MUTED.dark}; --line: ${GRID.dark}; --surface: ${SURFACE.dark}; --page: #0d0f13; --link: #5bb5ec; }
${darkRules('.picture')}
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; font-size: 10.5pt; }
  header, main { max-width: none; padding: 0; }
  nav, details { display: none; }
  .figures { grid-template-columns: 1fr 1fr; }
  figure, tr, pre { break-inside: avoid; }
  h2 { break-after: avoid; }
}`;
}
