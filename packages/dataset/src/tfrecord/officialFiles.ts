import { NETWORK_PRESETS } from '@nasbench/model';
import type { TableMetadata } from '../metadata.ts';

/** A file of the original release (google-research/nasbench). */
export interface OfficialFile {
  readonly name: string;
  readonly sha256: string;
  readonly records: number;
  /** Rounded, in MiB. */
  readonly mebibytes: number;
}

export const OFFICIAL_FILES: readonly OfficialFile[] = [
  {
    name: 'nasbench_full.tfrecord',
    sha256: '3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c',
    records: 5_083_488,
    mebibytes: 1989,
  },
  {
    name: 'nasbench_only108.tfrecord',
    sha256: '4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1',
    records: 1_270_872,
    mebibytes: 498,
  },
];

/** The official file with this checksum. */
export function officialFileOf(sha256: string): OfficialFile | undefined {
  return OFFICIAL_FILES.find((file) => file.sha256 === sha256);
}

/** Whether a file of so many bytes may be an official one: knowing the size to a MiB spares reading 2 GB for a refusal. */
export function hasOfficialSize(bytes: number): boolean {
  return OFFICIAL_FILES.some(({ mebibytes }) => Math.abs(bytes / 2 ** 20 - mebibytes) < 2);
}

/** How the official numbers were made (paper, section 2). */
export const OFFICIAL_METADATA: Pick<TableMetadata, 'provenance' | 'images' | 'network' | 'codeVersion'> = {
  provenance: 'official',
  images: { name: 'cifar10', train: 40_000, validation: 10_000, test: 10_000 },
  network: { ...NETWORK_PRESETS.paper, imageSize: 32, imageChannels: 3, labels: 10 },
  codeVersion: 'google-research/nasbench',
};
