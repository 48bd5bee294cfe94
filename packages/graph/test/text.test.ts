import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cellFromMatrix,
  formatCell,
  moduleHash,
  operationFromShortName,
  parseCell,
  shortOperationName,
} from '../src/index.ts';
import { anyCell, INCEPTION_LIKE, refusal, SEEDED } from './support.ts';

describe('cell text', () => {
  test('of the Inception-like cell', () => {
    const text = '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3';
    expect(formatCell(INCEPTION_LIKE)).toBe(text);
    expect(moduleHash(parseCell(text))).toBe('28cfc7874f6d200472e1a9dcd8650aa0');
  });

  test('is read back', () => {
    const names = ['conv3x3-bn-relu', 'maxpool3x3', 'bottleneck5x5', 'maxpool3x3-conv1x1', 'my:op', 'x y'];
    fc.assert(
      fc.property(anyCell(7, names), (cell) => {
        expect(parseCell(formatCell(cell))).toEqual(cell);
      }),
      SEEDED,
    );
  });

  test('may have long names, spaces around names, and no operations', () => {
    expect(parseCell(' 010/001/000 : conv3x3-bn-relu ')).toEqual(parseCell('010/001/000:conv3x3'));
    expect(parseCell('01/00')).toEqual(parseCell('01/00:'));
    expect(formatCell(parseCell('01/00'))).toBe('01/00');
  });

  test('short names of operations', () => {
    expect(shortOperationName('conv3x3-bn-relu')).toBe('conv3x3');
    expect(shortOperationName('maxpool3x3')).toBe('maxpool3x3');
    expect(operationFromShortName('conv5x5')).toBe('conv5x5-bn-relu');
    expect(operationFromShortName('maxpool3x3')).toBe('maxpool3x3');
    const space = { maxVertices: 3, maxEdges: 3, operations: ['conv3x3'] };
    expect(operationFromShortName('conv3x3', space)).toBe('conv3x3');
    const cell = parseCell('010/001/000:conv3x3', space);
    expect(cell.original.operations[1]).toBe('conv3x3');
    expect(formatCell(cell, space)).toBe('010/001/000:conv3x3');
    const both = { ...space, operations: ['conv3x3', 'conv3x3-bn-relu'] };
    expect(formatCell(parseCell('010/001/000:conv3x3-bn-relu', both), both)).toBe('010/001/000:conv3x3-bn-relu');
  });

  test.each<[string, unknown, string, string]>([
    ['nothing', '', 'malformed-text', 'malformed cell text ""'],
    ['a module hash', '28cfc7874f6d200472e1a9dcd8650aa0', 'malformed-text', 'malformed cell text'],
    ['another digit', '012/001/000:conv3x3', 'malformed-text', 'malformed cell text'],
    ['an empty row', '010//000:conv3x3', 'malformed-text', 'malformed cell text'],
    ['a slash at the end', '010/001/000/:conv3x3', 'malformed-text', 'malformed cell text'],
    ['operations alone', ':conv3x3', 'malformed-text', 'malformed cell text'],
    ['a nameless operation', '0110/0001/0001/0000:conv3x3,', 'malformed-text', 'an operation has no name'],
    ['no text at all', 7, 'malformed-text', 'must be a string, got 7'],
    ['two lines', '010\n001\n000:conv3x3', 'malformed-text', 'malformed cell text "010\\n001'],
    ['rows of different length', '010/01/000:conv3x3', 'not-square', 'row 1 has 2 columns, expected 3'],
    ['a row too few', '010/001:conv3x3', 'not-square', 'row 0 has 3 columns, expected 2'],
    ['an edge backwards', '010/101/000:conv3x3', 'not-upper-triangular', 'an edge 1 -> 0 below it'],
    ['an edge on the diagonal', '010/011/000:conv3x3', 'not-upper-triangular', 'an edge 1 -> 1 on it'],
    ['an operation too few', '010/001/000', 'label-count', 'expected 3 operation labels'],
    ['an operation too many', '010/001/000:conv3x3,conv3x3', 'label-count', 'got 4'],
    ['one vertex', '0', 'too-few-vertices', 'got 1'],
    ['a matrix of a megabyte', '01'.repeat(500_000), 'too-many-vertices', 'at most 32 rows'],
  ])('%s is refused in one line', (_name, text, reason, message) => {
    const error = refusal(() => parseCell(text as string));
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^[^\n]{1,200}$/);
  });

  test('is not written if it could not be read back', () => {
    const path = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ];
    expect(() => formatCell(cellFromMatrix(path, ['input', 'a,b', 'output']))).toThrow('"a,b" cannot be written');
    expect(() => formatCell(cellFromMatrix(path, ['input', '', 'output']))).toThrow('"" cannot be written');
    expect(() => formatCell(cellFromMatrix(path, ['in', 'a', 'output']))).toThrow('got "in" and "output"');
    expect(() => formatCell(cellFromMatrix(path, ['input', 'conv3x3', 'output']))).toThrow(
      '"conv3x3" cannot be written',
    );
  });
});
