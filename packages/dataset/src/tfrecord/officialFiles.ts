import { PAPER_NETWORK } from '@nasbench/model';
import { PUBLISHED_FILES, type PublishedFile } from '../download/publishedFiles.ts';
import type { TableMetadata } from '../metadata.ts';

const FILES: readonly PublishedFile[] = [PUBLISHED_FILES.official, PUBLISHED_FILES['official-108']];

/** The official file with this SHA-256. */
export function officialFileOf(sha256: string): PublishedFile | undefined {
  return FILES.find(({ checksum }) => checksum.hex === sha256);
}

/** Whether a file of so many bytes may be an official one: sizes are published in MiB, which spares reading 2 GB for a refusal. */
export function hasOfficialSize(bytes: number): boolean {
  return FILES.some((file) => Math.abs(bytes - file.bytes) < 2 ** 21);
}

/** How the official numbers were made (paper, section 2). */
export const OFFICIAL_METADATA: Pick<TableMetadata, 'images' | 'network' | 'codeVersion'> = {
  images: { name: 'cifar10', train: 40_000, validation: 10_000, test: 10_000 },
  network: PAPER_NETWORK,
  codeVersion: 'google-research/nasbench',
};
