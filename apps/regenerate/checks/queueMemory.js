// What a million units that wait take in Redis, and how fast they get there. In use some thousands wait at once.
//   node apps/regenerate/checks/queueMemory.js        (after `npm run build`, with redis-server or valkey-server on the PATH)
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NASBENCH_101 } from '@nasbench/graph';
import { loadImages, PRESETS } from '@nasbench/trainer';
import { createConfiguration } from '../dist/prepareRegeneration.js';
import { QueueConnection } from '../dist/queue/connection.js';
import { Coordinator } from '../dist/queue/coordinator.js';
import { RegenerationState } from '../dist/regenerationState.js';
import { UnitList } from '../dist/units/units.js';

const UNITS = 1_000_000;
const LIMIT_MEGABYTES = 500;
const PORT = 16_379;

const { operations } = NASBENCH_101;
const images = await loadImages('synthetic');
const configuration = createConfiguration({ operations, preset: PRESETS.paper, images, seed: '0' });
const folder = mkdtempSync(path.join(tmpdir(), 'nasbench-queue-'));
const arguments_ = ['--port', String(PORT), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
const server = spawn('redis-server', arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept connections')) break;

const units = new UnitList(
  { space: { maxVertices: 7, maxEdges: 9 }, cells: null, epochs: [108], repeats: 3 },
  configuration,
);
const connection = await QueueConnection.open(`redis://127.0.0.1:${PORT}`, console.error);
const coordinator = await Coordinator.open({
  connection,
  queueName: undefined,
  folder,
  configuration,
  lostAfterSeconds: 30,
  units,
  engine: undefined,
  state: new RegenerationState(units, undefined, () => 1),
  keep: async () => {},
  onNote: console.error,
  mostWaiting: UNITS,
});
const field = async (/** @type {string} */ name) =>
  Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await connection.redis.info())?.[1]);

const before = await field('used_memory');
const started = performance.now();
const cpu = process.cpuUsage();
const stop = new AbortController();
const running = coordinator.run(stop.signal).catch(() => {});
const wait = `nasbench:${coordinator.queueName}:wait`;
while ((await connection.redis.llen(wait)) < UNITS) await new Promise((resolve) => setTimeout(resolve, 100));
const seconds = (performance.now() - started) / 1000;
const { user } = process.cpuUsage(cpu);
const megabytes = ((await field('used_memory')) - before) / 1e6;
stop.abort();
await running;
const isMissed = megabytes >= LIMIT_MEGABYTES;
if (isMissed) process.exitCode = 1;
console.log(
  `${UNITS} units wait in ${megabytes.toFixed(0)} MB of Redis (limit ${LIMIT_MEGABYTES} MB${isMissed ? ', MISSED' : ''})`,
);
console.log(`fed in ${seconds.toFixed(0)} s, ${(user / 1e6).toFixed(0)} s of them the coordinator's processor time`);
console.log(`the coordinator has ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
connection.close();
server.kill('SIGKILL');
rmSync(folder, { recursive: true, force: true });
