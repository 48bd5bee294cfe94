import type { Checksum } from './publishedFiles.ts';

export interface DownloadProgress {
  /** bytes in the part file, those of earlier attempts included */
  readonly bytes: number;
  /** of the whole file, if the server says it */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly checksum: Checksum;
  /** Replace an existing file; otherwise one with the right checksum is left as it is, and any other refused. */
  readonly force?: boolean;
  /** More bytes than this are refused: no server may fill the disk. */
  readonly maxBytes?: number;
  /** Requests in a row without a byte gained before giving up. Default 6. */
  readonly attempts?: number;
  /** A server that sends nothing for so long is left. Default 30. */
  readonly stallSeconds?: number;
  /** Wait before the second attempt; doubles with every further one, up to a minute. Default 1. */
  readonly backoffSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Called before a wait, with the reason. */
  readonly onRetry?: (problem: string, waitSeconds: number) => void;
}

export interface DownloadResult {
  readonly bytes: number;
  /** bytes that an earlier process had left */
  readonly resumedFrom: number;
  /** requests made; 0 if the file was there already */
  readonly requests: number;
}
