import type { Command } from '@commander-js/extra-typings';
import { UsageError } from '@nasbench/foundation/errors';
import { assertWritable, writeFileAtomically } from '@nasbench/foundation/files';
import {
  assertValid,
  type Cell,
  canonicalForm,
  countEncodings,
  depth,
  encodingA,
  encodingB,
  formatCell,
  InvalidCellError,
  moduleHash,
  pathIndices,
  unpackCell,
  width,
} from '@nasbench/graph';
import { PAPER_NETWORK, planNetwork, vertexChannels } from '@nasbench/model';
import { commandContext, example, formatNumber, JSON_OPTION, resolveCell } from '@nasbench/terminal';

/** `nasbench cell CELL`: everything that is known of a cell without training it. */
export function addCellCommand(program: Command): void {
  program
    .command('cell')
    .description('hash, canonical form, encodings, channels, parameters and picture of a cell')
    .argument('<cell>', 'module hash, JSON file, or rows and interior operations such as 010/001/000:conv3x3')
    .option('--svg <file>', 'draw it')
    .option('--force', 'replace the file if it exists')
    .option(...JSON_OPTION)
    .addHelpText('after', example('nasbench cell 28cfc7874f6d200472e1a9dcd8650aa0 --svg inception.svg'))
    .action(async (cellText, { svg, force = false, json }) => {
      const context = commandContext({ json });
      if (svg !== undefined) await assertWritable(svg, { force });
      const cell = await resolveCell(cellText);
      assertValidArgument(cell);
      const facts = describeCell(cell);
      if (svg !== undefined) {
        // The drawing's libraries are loaded only if a picture is asked for.
        const { drawCell } = await import('@nasbench/viz');
        await writeFileAtomically(svg, drawCell(cell, { channels: { input: 128, output: 128 } }), { force });
      }
      context.result(facts, formatFacts(facts, svg));
    });
}

function assertValidArgument(cell: Cell): void {
  try {
    assertValid(cell);
  } catch (error) {
    if (error instanceof InvalidCellError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

type CellFacts = ReturnType<typeof describeCell>;

function describeCell(cell: Cell) {
  const plan = planNetwork(cell, PAPER_NETWORK);
  const { matrix, operations } = cell.pruned ?? cell.original;
  return {
    moduleHash: moduleHash(cell),
    cell: formatCell(cell),
    pruned: { matrix, operations },
    canonicalForm: formatCell(unpackCell(canonicalForm(cell))),
    /** points of the 510 million of encoding A that are this cell */
    encodings: { pruneFirst: countEncodings(cell, 'prune-first'), rawEdges: countEncodings(cell, 'raw-edges') },
    depth: depth(cell),
    width: width(cell),
    encodingA: encodingA().encode(cell),
    encodingB: encodingB().encode(cell),
    /** positions of the ones among 364 */
    pathEncoding: pathIndices(cell),
    channels: STACK_CHANNELS.map(([input, output]) => vertexChannels(input, output, matrix)),
    trainableParameters: plan.trainableParameters,
    multiplyAdds: plan.multiplyAdds,
  };
}

/** Input and output channels of the first cell of each stack of the paper's network. */
const STACK_CHANNELS = [
  [128, 128],
  [128, 256],
  [256, 512],
] as const;

function formatFacts(facts: CellFacts, svg: string | undefined): string {
  const rows = [
    ['module hash', facts.moduleHash],
    ['cell', facts.cell],
    ['canonical form', facts.canonicalForm],
    ['depth, width', `${facts.depth}, ${facts.width}`],
    [
      'points of A',
      `${formatNumber(facts.encodings.pruneFirst)} prune-first, ${formatNumber(facts.encodings.rawEdges)} raw-edges, of 510 million`,
    ],
    ['encoding A', facts.encodingA.join('')],
    ['encoding B', facts.encodingB.join(' ')],
    ['path encoding', `ones at ${facts.pathEncoding.join(' ')} of 364`],
    ['channels', facts.channels.map((channels) => channels.join(' ')).join(' | ')],
    ['parameters', `${formatNumber(facts.trainableParameters)} (the paper's network on CIFAR-10)`],
    ['multiply-adds', `${formatNumber(facts.multiplyAdds)} for one image`],
  ];
  return [
    ...rows.map(([name, value]) => `${name.padEnd(16)}${value}`),
    ...(svg === undefined ? [] : [`drawn to ${svg}`]),
  ].join('\n');
}
