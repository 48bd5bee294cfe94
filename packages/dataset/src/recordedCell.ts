import { INPUT, type Matrix, OUTPUT } from '@nasbench/graph';
import type { RecordedCell } from './records.ts';

/** Number of possible edges among `vertices` vertices. */
export const edgeSlots = (vertices: number): number => (vertices * (vertices - 1)) / 2;

/** Adjacency matrix of a recorded cell, frozen. */
export function adjacencyOf({ vertices, edges }: RecordedCell): Matrix {
  const row = (x: number): readonly number[] =>
    Object.freeze(Array.from({ length: vertices }, (_, y) => (x < y ? (edges >>> (x + edgeSlots(y))) & 1 : 0)));
  return Object.freeze(Array.from({ length: vertices }, (_, x) => row(x)));
}

/** Labels of all vertices of a recorded cell. */
export function labelsOf({ operations }: RecordedCell): string[] {
  return [INPUT, ...operations, OUTPUT];
}

/** Interior operations from their comma-separated form. */
export const splitOperations = (text: string): string[] => (text === '' ? [] : text.split(','));
