import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildTable, encodeTable, type RunRecord } from '@nasbench/dataset';
import { moduleHash, NASBENCH_101, packCell, parseCell } from '@nasbench/graph';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portOf, servePage } from '../src/server.node.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!existsSync(CHROMIUM))('explorer in a browser [needs chromium]', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-explorer-'));

  beforeAll(async () => {
    server = await servePage(0);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`http://localhost:${portOf(server)}/`);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (name: string, bytes: Uint8Array | string): Promise<void> => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    await page.setInputFiles('#table', file);
  };

  it('shows the hash of a cell and draws it', async () => {
    await page.fill(
      '#cell',
      '0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1,conv3x3,conv3x3,conv3x3,maxpool3x3',
    );
    expect(await page.textContent('#hash')).toBe('28cfc7874f6d200472e1a9dcd8650aa0');
    expect(await page.textContent('.cell')).toContain('2,694,282');
    expect(await page.locator('.drawing svg').count()).toBe(1);
  });

  it('says what is wrong with a cell, and goes on', async () => {
    await page.fill('#cell', '010/000/000:conv3x3');
    expect(await page.textContent('[role=alert]')).toMatch(/output/);
    await page.fill('#cell', '010/001/000:conv3x3');
    expect(await page.locator('[role=alert]').count()).toBe(0);
  });

  it('looks a cell up in a table that is opened', async () => {
    await open('two.arrow', encodeTable(tableOf(['010/001/000:conv3x3'])));
    await page.waitForSelector('text=two.arrow: 1 cells, synthetic');
    expect(await page.textContent('.cell')).toContain('62.50 % (synthetic)');
    await page.fill('#cell', '010/001/000:maxpool3x3');
    expect(await page.textContent('.cell')).toContain('is not among the 1 of this table');
  });

  it('refuses a file that is no table, and stays usable', async () => {
    await open('<img src=x onerror=alert(1)>.arrow', 'not a table, whatever its name says');
    await page.waitForSelector('[role=alert]');
    expect(await page.textContent('[role=alert]')).toContain('<img src=x');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.textContent('#hash')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('raised no error on the way', () => {
    expect(problems).toEqual([]);
  });
});

/** A table of made-up values, the same for every cell. */
function tableOf(cells: readonly string[]) {
  const point = { epochs: 4, trainingTime: 10, trainAccuracy: 0.5, validationAccuracy: 0.5, testAccuracy: 0.625 };
  const records = cells
    .map((text) => parseCell(text))
    .map((cell): RunRecord => {
      const { vertices, edges } = packCell(cell.original);
      return {
        moduleHash: moduleHash(cell),
        cell: { vertices, edges, operations: cell.original.operations.slice(1, -1) },
        trainableParameters: 10,
        epochs: 4,
        repeat: 0,
        points: [{ ...point, epochs: 0, trainingTime: 0 }, { ...point, epochs: 2, trainingTime: 5 }, point],
        totalTime: 12,
      };
    });
  return buildTable(records, {
    formatVersion: 1,
    provenance: 'synthetic',
    epochs: [4],
    repeats: 1,
    space: NASBENCH_101,
    images: null,
    network: null,
    training: null,
    codeVersion: 'test',
    seed: null,
    engine: null,
  });
}
