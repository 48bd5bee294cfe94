import { readHash } from '../hashBytes.ts';
import { base64Room, writeBase64 } from './base64.ts';
import { adjacencyText, type OperationTexts, pythonJson } from './cellText.ts';
import { FOOTER_BYTES, HEADER_BYTES, writeFrame } from './frames.ts';
import { MAX_PLAIN_BYTES, metricsRoom, writeMetrics } from './metrics.ts';
import type { Run } from './run.ts';

const encoder = new TextEncoder();

/** A run without its metrics. */
type RunHeader = Pick<Run, 'hash' | 'vertices' | 'edges' | 'operations'>;

/** Size at which a piece is handed on. */
const PIECE_BYTES = 2 ** 20;

/** Writes records in the official form, one after the other, into pieces of about a megabyte. */
export class RecordWriter {
  readonly #texts: OperationTexts;
  #piece = new Uint8Array(2 ** 12);
  #pieceView = new DataView(this.#piece.buffer);
  #length = 0;
  #metrics = new Uint8Array(MAX_PLAIN_BYTES);
  #view = new DataView(this.#metrics.buffer);
  #hash: Uint8Array = new Uint8Array(0);
  #graph: Uint8Array = new Uint8Array(0);

  constructor(texts: OperationTexts) {
    this.#texts = texts;
  }

  /** Sets the cell of the records that follow. */
  cell({ hash, vertices, edges, operations }: RunHeader): void {
    const labels = ['input', ...this.#texts.namesOf(vertices, operations), 'output'].join(',');
    this.#hash = encoder.encode(`["${readHash(hash, 0)}", `);
    this.#graph = encoder.encode(`, "${adjacencyText(vertices, edges)}", ${pythonJson(labels)}, "`);
  }

  /** Appends a record of that cell. */
  run(run: Run): void {
    const room = metricsRoom(run);
    if (room > this.#metrics.length) {
      this.#metrics = new Uint8Array(room);
      this.#view = new DataView(this.#metrics.buffer);
    }
    const epochs = String(run.epochs);
    this.#reserve(HEADER_BYTES + this.#hash.length + epochs.length + this.#graph.length + base64Room(room) + 16);
    const piece = this.#piece;
    let at = this.#length + HEADER_BYTES;
    piece.set(this.#hash, at);
    at += this.#hash.length;
    for (let i = 0; i < epochs.length; i++) piece[at++] = epochs.charCodeAt(i);
    piece.set(this.#graph, at);
    at += this.#graph.length;
    const length = writeMetrics(run, this.#metrics, this.#view);
    at = writeBase64(this.#metrics, length, piece, at, run.mime);
    piece[at++] = 0x22;
    piece[at++] = 0x5d;
    this.#length = writeFrame(this.#pieceView, this.#length, at);
  }

  /** What was written since the last piece, if it is about a megabyte or `all` is asked for; the caller may keep it. */
  *pieces(all = false): Generator<Uint8Array> {
    if (this.#length === 0 || (!all && this.#length < PIECE_BYTES)) return;
    yield this.#piece.slice(0, this.#length);
    this.#length = 0;
  }

  #reserve(bytes: number): void {
    const length = this.#length + bytes + FOOTER_BYTES;
    if (length <= this.#piece.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#piece.length));
    larger.set(this.#piece.subarray(0, this.#length));
    this.#piece = larger;
    this.#pieceView = new DataView(larger.buffer);
  }
}
