import { NasbenchError } from '@nasbench/foundation/errors';

/** The page's own document; a web worker has none and must be given one. */
export function defaultDocument(): Document {
  if (typeof document === 'undefined')
    throw new NasbenchError('no document to draw in here: pass one as the option `document`');
  return document;
}
