/** Writing tables to files, in Node only; reading is in the main entry. */

export { cacheFolder } from './download/cacheFolder.node.ts';
export { downloadFile } from './download/downloadFile.node.ts';
export type { DownloadOptions, DownloadProgress, DownloadResult } from './download/downloadOptions.ts';
export { ArchiveError, ChecksumError, DownloadError } from './download/errors.ts';
export { type Checksum, PUBLISHED_FILES, type PublishedFile, type PublishedName } from './download/publishedFiles.ts';
export { assertFreeFolder, hasFiles, unpackArchive } from './download/unpackArchive.node.ts';
export type { ExpansionOptions } from './surrogate/surrogateFile.node.ts';
export { surrogateModelFile } from './surrogate/surrogateModelFile.node.ts';
export {
  type NamedTableOptions,
  namedTableFile,
  nameTable,
  openNamedTable,
  TABLE_NAMES,
  type TableName,
  tablePath,
} from './tableNames.node.ts';
export { importTfrecordFile } from './tfrecord/importTfrecordFile.node.ts';
export { writeTable } from './writeTable.node.ts';
