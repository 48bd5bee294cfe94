import { NasbenchError } from '@nasbench/foundation/errors';

/** A download that cannot be finished: the server, the network, or what came is wrong. */
export class DownloadError extends NasbenchError {
  override readonly name: string = 'DownloadError';
}

/** The bytes that came are not those that were published. */
export class ChecksumError extends DownloadError {
  override readonly name: string = 'ChecksumError';
}

/** An archive that is damaged, or that would write where it must not. */
export class ArchiveError extends NasbenchError {
  override readonly name: string = 'ArchiveError';
}
