import {
  type Cell,
  type CellSpace,
  cellAt,
  enumerateCells,
  formatCell,
  hashCells,
  hashText,
  moduleHash,
  parseCell,
} from '@nasbench/graph';

/** Cells in the order of their module hashes. */
export interface CellList {
  readonly hashes: readonly string[];
  readonly cell: (row: number) => Cell;
  readonly text: (row: number) => string;
}

/** Every cell of a space; texts and cells are made when asked for. */
export function cellsOfSpace(space: CellSpace): CellList {
  const enumeration = enumerateCells(space);
  const bytes = hashCells(enumeration);
  const named = Array.from({ length: enumeration.count }, (_, index) => ({ index, hash: hashText(bytes, index) }));
  named.sort(byHash);
  const order = Uint32Array.from(named, ({ index }) => index);
  const cell = (row: number): Cell => cellAt(enumeration, order[row]);
  return { hashes: named.map(({ hash }) => hash), cell, text: (row) => formatCell(cell(row), space) };
}

export function cellsOfTexts(texts: readonly string[], space: CellSpace): CellList {
  const named = texts.map((text) => ({ text, hash: moduleHash(parseCell(text, space), space) }));
  named.sort(byHash);
  return {
    hashes: named.map(({ hash }) => hash),
    cell: (row) => parseCell(named[row].text, space),
    text: (row) => named[row].text,
  };
}

function byHash(a: { readonly hash: string }, b: { readonly hash: string }): number {
  return a.hash < b.hash ? -1 : 1;
}
