import { type Command, Option } from '@commander-js/extra-typings';
import { writeFileAtomically } from '@nasbench/foundation/files';
import { NASBENCH_101 } from '@nasbench/graph';
import { commandContext, example } from '@nasbench/terminal';
import { PRESETS } from '@nasbench/trainer';
import { type ConfigFile, configFileSchema, PRESET_NAMES } from './configFile/schema.ts';

/** `nasbench config --preset small`: a complete file for `--config`, to start from. */
export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('print a complete file for --config, with every value of a preset, or the JSON schema of such files')
    .addOption(new Option('--preset <name>', 'whose values').choices(PRESET_NAMES).default('small' as const))
    .option('--schema', 'the JSON schema instead')
    .option('--out <file>', 'write it there instead')
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      example('nasbench config --preset tiny --out own.json', 'nasbench regenerate --config own.json --out runs/own'),
    )
    .action(async ({ preset, schema = false, out, force = false }) => {
      const context = commandContext({});
      const text = JSON.stringify(schema ? configFileSchema() : configOfPreset(preset), undefined, 2);
      if (out === undefined) return context.result(text, text);
      await writeFileAtomically(out, `${text}\n`, { force });
      context.note(`${out} written`);
    });
}

/** A file that says what the command does with this preset and no other option. */
export function configOfPreset(name: keyof typeof PRESETS): ConfigFile {
  const { images, network, training, epochs } = PRESETS[name];
  const { maxEdges, operations } = NASBENCH_101;
  return {
    seed: '0',
    space: { maxVertices: 4, maxEdges, operations: [...operations] },
    images: JSON.parse(JSON.stringify({ name: 'mnist', ...images })),
    network: { ...network },
    training: JSON.parse(JSON.stringify(training)),
    epochs: [...epochs],
    repeats: 3,
    engines: 'one',
  };
}
