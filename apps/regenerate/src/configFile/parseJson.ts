import { UsageError } from '@nasbench/foundation/errors';

/** `JSON.parse`, whose messages say where only in some versions of Node. @throws UsageError with line and column */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const offset = syntaxErrorOffset(text);
    const before = text.slice(0, offset).split('\n');
    const found = offset >= text.length ? 'the end of the file' : JSON.stringify(text[offset]);
    throw new UsageError(
      `${file}: line ${before.length}, column ${before[before.length - 1].length + 1}: ${found} does not belong there; expected JSON`,
    );
  }
}

const SCALAR =
  /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where a text stops being the beginning of a JSON document. */
function syntaxErrorOffset(text: string): number {
  let at = 0;
  const skipSpace = (): void => {
    while (at < text.length && ' \t\r\n'.includes(text[at])) at++;
  };
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const takeScalar = (): boolean => {
    skipSpace();
    SCALAR.lastIndex = at;
    const match = SCALAR.exec(text);
    if (match !== null) at = SCALAR.lastIndex;
    return match !== null;
  };
  const takeList = (close: string, takeItem: () => boolean): boolean => {
    if (take(close)) return true;
    while (takeItem()) {
      if (take(close)) return true;
      if (!take(',')) return false;
    }
    return false;
  };
  const takeKeyAndValue = (): boolean => {
    skipSpace();
    return text[at] === '"' && takeScalar() && take(':') && takeValue();
  };
  const takeValue = (): boolean => {
    if (take('{')) return takeList('}', takeKeyAndValue);
    if (take('[')) return takeList(']', takeValue);
    return takeScalar();
  };
  takeValue();
  skipSpace();
  return at;
}
