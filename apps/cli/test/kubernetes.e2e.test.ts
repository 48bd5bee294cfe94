import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { addRegenerateCommand, addWorkerCommand } from '@nasbench/app-regenerate';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { SMALL_TRAINING, temporaryFolder } from './nasbench.ts';

// What would break a run in a cluster, as far as it can be seen without one.

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDER = path.join(ROOT, 'deploy/kubernetes');
const folder = temporaryFolder();

/** The parts of Kubernetes' objects that are looked at. */
interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

interface Pod {
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly persistentVolumeClaim: { readonly readOnly?: boolean };
  }[];
}

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: { readonly metadata?: { readonly labels: Record<string, string> }; readonly spec: Pod };
    readonly selector?: { readonly matchLabels?: Record<string, string> };
    readonly ports?: readonly { readonly port: number }[];
    readonly completionMode?: string;
    readonly completions?: number;
    readonly parallelism?: number;
    readonly podReplacementPolicy?: string;
    readonly backoffLimitPerIndex?: number;
    readonly maxFailedIndexes?: number;
  };
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

function resourcesOf(file: string): Resource[] {
  return parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8')).map((document) => {
    // A key given twice, or a bad indentation.
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS() as Resource;
  });
}

const all = files.flatMap((file) => resourcesOf(file).map((resource) => ({ file, resource })));
const pods = all.flatMap(({ file, resource }) => {
  const pod = resource.spec.template?.spec;
  return pod === undefined ? [] : [{ name: `${file}: ${resource.metadata.name}`, resource, pod }];
});
const trainers = pods.flatMap(({ name, resource, pod }) =>
  pod.containers.flatMap((container) => {
    const script = container.args?.[0] ?? '';
    const words = container.command?.[0] === '/bin/sh' ? wordsOf(script) : (container.command ?? []);
    return words[0] === 'nasbench' ? [{ name, resource, pod, container, script, words: words.slice(1) }] : [];
  }),
);

/** The words of the script's last command, which has neither quotes nor variables. */
function wordsOf(script: string): string[] {
  const line = script.trimEnd().split('\n').at(-1) ?? '';
  expect(line).toMatch(/^exec [\w ./:-]+$/);
  return line.split(' ').slice(1);
}

/** The options of a command line as nasbench itself reads them; what it would refuse, throws. */
function parse(words: readonly string[]): Record<string, unknown> {
  const program = new Command();
  addRegenerateCommand(program);
  addWorkerCommand(program);
  const known = program.commands.find((command) => command.name() === words[0]);
  if (known === undefined) throw new Error(`no command ${words[0]}`);
  let given: Record<string, unknown> = {};
  for (const command of [program, known]) command.exitOverride().configureOutput({ writeErr: () => {} });
  known.action(() => {
    given = { ...known.opts(), arguments: known.args };
  });
  program.parse([...words], { from: 'user' });
  return given;
}

const mebibytes = (size: string): number => {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(size) ?? [];
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
};

describe('the files for Kubernetes', () => {
  it('are two, with all that they need of each other', () => {
    expect(files.toSorted()).toEqual(['queue.yaml', 'shards.yaml']);
    expect(all.map(({ resource: { apiVersion, kind, metadata } }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual(
      expect.arrayContaining([
        'batch/v1 Job nasbench-shards',
        'batch/v1 Job nasbench-coordinator',
        'apps/v1 Deployment nasbench-worker',
        'apps/v1 Deployment nasbench-redis',
        'v1 Service nasbench-redis',
      ]),
    );
    expect(trainers).toHaveLength(3);
  });

  const isJob = ({ resource }: (typeof pods)[number]): boolean => resource.kind === 'Job';

  it.each(pods.filter(isJob))(
    '$name is one pod on its folder, and starts again as its job says',
    ({ resource, pod }) => {
      expect(pod.restartPolicy).toBe('Never');
      expect(resource.spec.podReplacementPolicy).toBe('Failed');
    },
  );

  it.each(pods.filter((each) => !isJob(each)))(
    '$name always starts again, and its labels are found',
    ({ resource, pod }) => {
      const { spec } = resource;
      expect(pod.restartPolicy ?? 'Always').toBe('Always');
      expect(spec.template?.metadata?.labels).toMatchObject({ ...spec.selector?.matchLabels });
      expect(Object.keys(spec.selector?.matchLabels ?? {})).not.toHaveLength(0);
    },
  );

  it.each(pods)('$name mounts the volumes it has, and no more memory than its limit is asked for', ({ pod }) => {
    const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume]));
    const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    expect(new Set(mounts.map(({ name }) => name))).toEqual(new Set(volumes.keys()));
    const written = mounts.filter(({ readOnly = false }) => !readOnly).map(({ name }) => volumes.get(name));
    expect(written.filter((volume) => volume?.persistentVolumeClaim.readOnly)).toEqual([]);
    for (const { resources } of pod.containers)
      expect(mebibytes(resources.requests.memory)).toBeLessThanOrEqual(mebibytes(resources.limits.memory));
  });

  it.each(trainers)(
    '$name gives nasbench options that it has, and paths that are mounted',
    ({ pod, container, words }) => {
      const options = parse(words);
      const mountOf = (file: unknown) =>
        container.volumeMounts?.find(({ mountPath }) => `${String(file)}/`.startsWith(`${mountPath}/`));
      const [kind, images] = String(options.images).split(':');
      expect([kind, mountOf(images)?.name]).toEqual(['cifar10', 'images']);
      const written = options.out === undefined ? [] : [mountOf(options.out)];
      expect(written.map((mount) => [mount?.name, mount?.readOnly ?? false])).toEqual(
        written.map(() => ['runs', false]),
      );
      // A stopped command ends within 10 s.
      expect(pod.terminationGracePeriodSeconds ?? 30).toBeGreaterThan(10);
      // A GPU is asked for by whom trains on one, and by nobody else.
      expect('nvidia.com/gpu' in container.resources.limits).toBe(options.engine === 'tensorflow');
    },
  );

  it('would notice an option that nasbench does not have', () => {
    expect(() => parse(['regenerate', '--out', '/runs', '--max-vertexes', '7'])).toThrow(/unknown option/);
    expect(() => parse(['regenerate', '--out', '/runs', '--max-vertices', '70'])).toThrow(/invalid/);
    expect(() => parse(['regenerate', '--preset', 'paper'])).toThrow(/required option '--out/);
    expect(() => parse(['worker'])).toThrow(/missing required argument/);
  });

  it('name one Redis, where all of them look for it', () => {
    const service = all.find(({ resource }) => resource.kind === 'Service')?.resource;
    const redis = pods.find(({ resource }) => resource.metadata.name === 'nasbench-redis');
    const url = `redis://${service?.metadata.name}:${service?.spec.ports?.[0].port}`;
    expect(redis?.resource.spec.template?.metadata?.labels).toMatchObject({ ...service?.spec.selector });
    expect(redis?.pod.containers[0].ports).toEqual([{ containerPort: service?.spec.ports?.[0].port }]);
    const urls = trainers.flatMap(({ resource, words }) => {
      if (resource.metadata.name === 'nasbench-shards') return [];
      const options = parse(words);
      return [words[0] === 'worker' ? (options.arguments as string[])[0] : options.queue];
    });
    expect(urls).toEqual([url, url]);
  });

  it('have as many indexes as shards, and an index trains its own, whatever a pod before it left', () => {
    const job = trainers.find(({ resource }) => resource.metadata.name === 'nasbench-shards');
    if (job === undefined) throw new Error('no job nasbench-shards');
    const { completionMode, completions = 0, parallelism = 0, ...limits } = job.resource.spec;
    expect(completionMode).toBe('Indexed');
    expect(job.container.env).toEqual([{ name: 'NASBENCH_SHARDS', value: String(completions) }]);
    expect(parallelism).toBeLessThanOrEqual(completions);
    expect(limits.backoffLimitPerIndex).toBeGreaterThan(0);
    expect(limits.maxFailedIndexes).toBeLessThanOrEqual(completions);
    // Its script, with a folder of this machine and runs that take no time.
    const out = path.join(folder, 'full');
    const options = '--preset paper --images cifar10:/images --max-vertices 7 --engine tensorflow';
    expect(job.script).toContain(options);
    const training = ['--max-vertices', '3', ...SMALL_TRAINING, '--repeats', '2', '--workers', '1'].join(' ');
    const script = job.script.replace(options, training).replaceAll('/runs/full', out);
    const bin = path.join(folder, 'bin');
    mkdirSync(bin);
    const nasbench = path.join(ROOT, 'apps/cli/bin/nasbench.js');
    writeFileSync(path.join(bin, 'nasbench'), `#!/bin/sh\nexec '${process.execPath}' '${nasbench}' "$@"\n`, {
      mode: 0o755,
    });
    const shard = path.join(out, `shard-3-of-${completions}`);
    mkdirSync(shard, { recursive: true });
    writeFileSync(path.join(shard, 'lock.json'), JSON.stringify({ pid: 1, host: 'a pod that is gone', started: null }));
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${bin}${path.delimiter}${process.env.PATH}`,
        NASBENCH_SHARDS: String(completions),
        JOB_COMPLETION_INDEX: '2',
      },
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining(`shard 3/${completions}: `)]);
    expect(stdout).toContain('1 run trained');
    expect(readdirSync(out)).toEqual([`shard-3-of-${completions}`]);
  });
});
