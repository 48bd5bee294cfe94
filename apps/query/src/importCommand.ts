import { stat } from 'node:fs/promises';
import { type Command, Option } from '@commander-js/extra-typings';
import {
  encodeTableInPieces,
  hasOfficialSize,
  type ImportResult,
  PROVENANCES,
  type Provenance,
} from '@nasbench/dataset';
import { importTfrecordFile, namedTableFile, nameTable, TABLE_NAMES, type TableName } from '@nasbench/dataset/node';
import { UsageError } from '@nasbench/foundation/errors';
import { assertWritable, withPath, writeFileAtomically } from '@nasbench/foundation/files';
import {
  type CommandContext,
  commandContext,
  example,
  formatNumber,
  JSON_OPTION,
  positiveInteger,
} from '@nasbench/terminal';

/** `nasbench import FILE.tfrecord`: the official file, or one like it, as a table. */
export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('turn nasbench_full.tfrecord, nasbench_only108.tfrecord or a file of their form into a table')
    .argument('<file>', 'a TFRecord file')
    .option('--out <table>', 'the Arrow file to write (default with --as: a file in the cache folder)')
    .addOption(new Option('--as <name>', 'name that stands for the table in other commands').choices(TABLE_NAMES))
    .addOption(
      new Option(
        '--provenance <kind>',
        'where the numbers come from; only the official files are known by their checksum',
      ).choices(PROVENANCES),
    )
    .option('--repeats <n>', 'refuse more runs of a cell and budget (default: as many as there are)', positiveInteger)
    .option('--force', 'replace the table if it exists')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      example(
        'nasbench import nasbench_only108.tfrecord --out official-108.arrow',
        'nasbench import nasbench_full.tfrecord --as official',
      ),
    )
    .action(async (file, { out, as: name, provenance, repeats, force = false, json }) => {
      const context = commandContext({ json });
      const bytes = await sizeOf(file);
      if (provenance === undefined && !hasOfficialSize(bytes)) throw unknownProvenance(file, bytes);
      if (out === undefined && name === undefined) throw new UsageError('import needs --out TABLE, --as NAME or both');
      const target = out ?? namedTableFile(name as TableName);
      // A name is there to be given anew; a file is not.
      const replace = force || out === undefined;
      await assertWritable(target, { force: replace });
      const result = await readFile(file, bytes, { provenance, repeats }, context);
      const { signal } = context;
      await writeFileAtomically(target, encodeTableInPieces(result.table), { force: replace, signal });
      const given = name ?? (result.officialFile === null ? undefined : 'official');
      if (given !== undefined) await nameTable(given, target);
      const { table, ...numbers } = result;
      context.result(
        { table: target, name: given ?? null, cells: table.rowCount, ...table.metadata, ...numbers },
        describe(file, target, given, result),
      );
    });
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw withPath(error, `cannot read ${file}`);
  });
  if (!found.isFile()) throw new UsageError(`cannot read ${file}: it is not a file`);
  return found.size;
}

const unknownProvenance = (file: string, bytes: number): UsageError =>
  new UsageError(
    `${file}: not an official file, which have 498 or 1989 MiB (this one has ${(bytes / 2 ** 20).toFixed(1)}); say where its numbers come from with --provenance ${PROVENANCES.join('|')}`,
  );

async function readFile(
  file: string,
  bytes: number,
  { provenance, repeats }: { provenance: Provenance | undefined; repeats: number | undefined },
  context: CommandContext,
): Promise<ImportResult> {
  const { signal } = context;
  const bar = context.progress('importing', Math.max(1, bytes));
  try {
    return await importTfrecordFile(file, {
      ...(provenance === undefined ? {} : { metadata: { provenance } }),
      ...(repeats === undefined ? {} : { repeats }),
      onProgress: (done, records) => {
        signal.throwIfAborted();
        bar.update(done, `${formatNumber(records)} records`);
      },
    });
  } finally {
    bar.stop();
  }
}

function describe(file: string, target: string, name: TableName | undefined, result: ImportResult): string {
  const { table, records, sha256, officialFile, rewritten, unknownFields, missingRuns, duplicateRuns } = result;
  const { epochs, repeats, provenance } = table.metadata;
  const unknown = Object.entries(unknownFields).map(([field, count]) => `${field} (${formatNumber(count)} times)`);
  const note = (condition: boolean, text: string): string[] => (condition ? [text] : []);
  return [
    `${file}: ${officialFile === null ? 'not an official file' : `the official ${officialFile}`} · SHA-256 ${sha256}`,
    `${formatNumber(records)} records of ${formatNumber(table.rowCount)} cells, ${epochs.join(', ')} epochs, ${repeats} repeats · every record, value and hash checked`,
    ...note(missingRuns > 0, `${formatNumber(missingRuns)} runs are missing: nulls in the table`),
    ...note(duplicateRuns > 0, `${formatNumber(duplicateRuns)} runs equal an earlier repeat in every value`),
    ...note(
      rewritten > 0,
      `${formatNumber(rewritten)} records are not written as the official ones: values are kept, bytes are not`,
    ),
    ...note(unknown.length > 0, `unknown protobuf fields, not kept: ${unknown.join(', ')}`),
    `provenance: ${provenance}`,
    `written to ${target}${name === undefined ? '' : ` · now the table called ${name}`}`,
  ].join('\n');
}
