import type { CellSpace } from '@nasbench/graph';

/** Python's json.dumps of a text: what is not ASCII is escaped. */
export const pythonJson = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const encoder = new TextEncoder();

/** The operations of a space as they stand in records. */
export class OperationTexts {
  readonly space: CellSpace;
  /** Each with the comma that follows every interior operation. */
  readonly bytes: readonly Uint8Array[];
  readonly #indices: ReadonlyMap<string, number>;

  constructor(space: CellSpace) {
    this.space = space;
    this.bytes = space.operations.map((name) => encoder.encode(`${pythonJson(name).slice(1, -1)},`));
    this.#indices = new Map(space.operations.map((name, index) => [name, index]));
  }

  indexOf(name: string): number | undefined {
    return this.#indices.get(name);
  }

  /** Interior operations of a code: digits, the last vertex least significant. */
  namesOf(vertices: number, code: number): string[] {
    const { operations } = this.space;
    const names: string[] = [];
    for (let v = vertices - 2, rest = code; v > 0; v--, rest = Math.floor(rest / operations.length)) {
      names.unshift(operations[rest % operations.length]);
    }
    return names;
  }

  codeOf(names: readonly string[]): number {
    return names.reduce((code, name) => code * this.space.operations.length + (this.indexOf(name) as number), 0);
  }
}

/** The adjacency matrix as vertices x vertices characters, row by row. */
export function adjacencyText(vertices: number, edges: number): string {
  let text = '';
  for (let x = 0; x < vertices; x++) {
    for (let y = 0; y < vertices; y++) text += x < y ? (edges >>> (x + (y * (y - 1)) / 2)) & 1 : 0;
  }
  return text;
}
