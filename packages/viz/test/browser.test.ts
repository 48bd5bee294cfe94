import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';
import { drawAll } from './browserEntry.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

describe.skipIf(!existsSync(executablePath))(
  'in a browser [needs Chromium: CHROMIUM_PATH or /usr/bin/chromium]',
  () => {
    it('draws every picture with the bytes of Node', async () => {
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      try {
        const page = await browser.newPage();
        await page.addScriptTag({ content: await bundle() });
        const drawn = await page.evaluate('pictures.drawAll()');
        expect(drawn).toEqual(drawAll());
      } finally {
        await browser.close();
      }
    });
  },
);

/** The sources as one script, the way an application's bundler resolves them for a page. */
async function bundle(): Promise<string> {
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['nasbench-source', 'import', 'module', 'browser', 'default'] },
    build: {
      write: false,
      minify: false,
      lib: { entry: `${import.meta.dirname}/browserEntry.ts`, formats: ['iife'], name: 'pictures' },
    },
  })) as Rollup.RollupOutput[];
  return output[0].code;
}
