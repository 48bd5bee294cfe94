/** A file that somebody else publishes, and how to know that it is the right one. */
export interface PublishedFile {
  /** Without the file's name, so that a mirror's address can take its place. */
  readonly folder: string;
  readonly name: string;
  readonly checksum: Checksum;
  /** The published size, in bytes; a few are rounded, so it tells what to expect, not what is right. */
  readonly bytes: number;
  /** One line for people. */
  readonly description: string;
}

export interface Checksum {
  readonly algorithm: 'sha256' | 'md5';
  /** lower-case hexadecimal digits */
  readonly hex: string;
}

const OFFICIAL = 'https://storage.googleapis.com/nasbench/';

/** By the names that `nasbench fetch` takes, with the checksums that their publishers give. */
export const PUBLISHED_FILES = {
  official: {
    folder: OFFICIAL,
    name: 'nasbench_full.tfrecord',
    checksum: { algorithm: 'sha256', hex: '3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c' },
    bytes: 1989 * 2 ** 20,
    description: 'NAS-Bench-101, 4, 12, 36 and 108 epochs',
  },
  'official-108': {
    folder: OFFICIAL,
    name: 'nasbench_only108.tfrecord',
    checksum: { algorithm: 'sha256', hex: '4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1' },
    bytes: 498 * 2 ** 20,
    description: 'NAS-Bench-101, 108 epochs only',
  },
  cifar10: {
    folder: 'https://www.cs.toronto.edu/~kriz/',
    name: 'cifar-10-binary.tar.gz',
    checksum: { algorithm: 'md5', hex: 'c32a1d4ab5d03f1284b67883e8d87530' },
    bytes: 170_052_171,
    description: 'the images of CIFAR-10, binary version',
  },
} as const satisfies Record<string, PublishedFile>;

export type PublishedName = keyof typeof PUBLISHED_FILES;
