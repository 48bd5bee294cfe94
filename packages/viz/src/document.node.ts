import { parseHTML } from 'linkedom';

/** The document that figures are drawn into where there is no browser. */
export function defaultDocument(): Document {
  return parseHTML('<!doctype html><html><body></body></html>').document;
}
