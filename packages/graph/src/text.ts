import { type Cell, cellFromMatrix } from './cell.ts';
import { InvalidCellError, quote } from './errors.ts';
import { type CellSpace, INPUT, MAX_MATRIX_VERTICES, NASBENCH_101, OUTPUT } from './space.ts';

const MAX_MATRIX_TEXT = MAX_MATRIX_VERTICES * (MAX_MATRIX_VERTICES + 1);
const EXPECTED = 'expected rows/rows:operations such as 011/001/000:conv3x3';

/**
 * A cell from its one-line text: the rows of its matrix, a colon, the operations of its interior vertices.
 * `0110/0001/0001/0000:conv3x3,maxpool3x3`. Short names are accepted ({@link operationFromShortName}); two-vertex cells
 * have no operations: `01/00`. Operations are compared with a space by {@link assertValid}, not here.
 *
 * @throws InvalidCellError for malformed text, and whatever {@link cellFromMatrix} refuses.
 */
export function parseCell(text: string, space: CellSpace = NASBENCH_101): Cell {
  if (typeof text !== 'string') throw malformed(`a cell's text must be a string, got ${quote(text)}`);
  const colon = text.indexOf(':');
  const matrixText = (colon < 0 ? text : text.slice(0, colon)).trim();
  const operationText = colon < 0 ? '' : text.slice(colon + 1).trim();
  if (matrixText.length > MAX_MATRIX_TEXT) {
    throw new InvalidCellError(
      'too-many-vertices',
      `a matrix may have at most ${MAX_MATRIX_VERTICES} rows, got a text of ${matrixText.length} characters`,
    );
  }
  if (!/^[01]+(\/[01]+)*$/.test(matrixText)) {
    throw malformed(`malformed cell text ${quote(text)}: ${EXPECTED}`);
  }
  const matrix = matrixText.split('/').map((row) => Array.from(row, Number));
  const names = operationText === '' ? [] : operationText.split(',').map((name) => name.trim());
  if (names.includes('')) throw malformed(`malformed cell text ${quote(text)}: an operation has no name`);
  return cellFromMatrix(matrix, [INPUT, ...names.map((name) => operationFromShortName(name, space)), OUTPUT]);
}

/**
 * The text of a cell's original form, with short operation names; {@link parseCell} with the same space reads it back.
 *
 * @throws InvalidCellError if it could not be read back: the first label is not `input` or the last not `output`, or an
 * operation's name is empty, contains a comma, begins or ends with a space or is the short name of another.
 */
export function formatCell(cell: Cell, space: CellSpace = NASBENCH_101): string {
  const { matrix, operations } = cell.original;
  const [first, last] = [operations[0], operations[operations.length - 1]];
  if (first !== INPUT || last !== OUTPUT) {
    throw new InvalidCellError(
      'input-output-labels',
      `only a cell labelled input, ..., output has a text, got ${quote(first)} and ${quote(last)}`,
    );
  }
  const names = operations.slice(1, -1).map((operation) => {
    const name = [shortOperationName(operation), operation].find((n) => operationFromShortName(n, space) === operation);
    if (name === undefined || name === '' || name.includes(',') || name !== name.trim()) {
      throw malformed(`the operation name ${quote(operation)} cannot be written in a cell's text`);
    }
    return name;
  });
  const rows = matrix.map((row) => row.join('')).join('/');
  return names.length === 0 ? rows : `${rows}:${names.join(',')}`;
}

/** `conv3x3-bn-relu` -> `conv3x3`; names that are not a convolution followed by `-bn-relu` stay as they are. */
export function shortOperationName(operation: string): string {
  return /^conv\d+x\d+-bn-relu$/.test(operation) ? operation.slice(0, -'-bn-relu'.length) : operation;
}

/** `conv3x3` -> `conv3x3-bn-relu`; names that the space lists, and names of other operations, stay as they are. */
export function operationFromShortName(name: string, space: CellSpace = NASBENCH_101): string {
  if (space.operations.includes(name)) return name;
  return /^conv\d+x\d+$/.test(name) ? `${name}-bn-relu` : name;
}

function malformed(message: string): InvalidCellError {
  return new InvalidCellError('malformed-text', message);
}
