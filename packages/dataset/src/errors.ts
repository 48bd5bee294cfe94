import { NasbenchError, UsageError } from '@nasbench/foundation/errors';
import type { InvalidCellError } from '@nasbench/graph';

/** Why a question lies outside what a table can answer. The first group comes from the cell itself. */
export type OutOfDomainReason = InvalidCellError['reason'] | 'malformed-hash' | 'not-in-table' | 'epochs' | 'repeat';

/** The question cannot be asked of this table: an invalid or unknown cell, or epochs or a repeat that it does not have. */
export class OutOfDomainError extends UsageError {
  override readonly name: string = 'OutOfDomainError';
  readonly reason: OutOfDomainReason;

  constructor(reason: OutOfDomainReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The cell is in the table, but the run asked for is absent: it was never made, or it failed. */
export class MissingRunError extends NasbenchError {
  override readonly name: string = 'MissingRunError';
  readonly moduleHash: string;
  readonly epochs: number;
  readonly repeat: number | 'any';

  constructor(moduleHash: string, epochs: number, repeat: number | 'any') {
    const which = repeat === 'any' ? 'any repeat' : `repeat ${repeat}`;
    super(`no completed run of cell ${moduleHash} with ${epochs} epochs, ${which}: it failed or was never made`);
    this.moduleHash = moduleHash;
    this.epochs = epochs;
    this.repeat = repeat;
  }
}

/** A file is not a table that this version reads: the message says what was expected and what was found. */
export class TableFormatError extends NasbenchError {
  override readonly name: string = 'TableFormatError';
}

/** A record cannot be part of the table: a value out of range, or a cell or budget that the metadata do not allow. */
export class InvalidRecordError extends NasbenchError {
  override readonly name: string = 'InvalidRecordError';
}

/** The metadata of a table contradict themselves or miss a field. */
export class InvalidMetadataError extends NasbenchError {
  override readonly name: string = 'InvalidMetadataError';
}

/** Two records of the same run, or of the same cell, disagree in something that is not a measured time. */
export class ConflictError extends NasbenchError {
  override readonly name: string = 'ConflictError';
  readonly moduleHash: string;

  constructor(moduleHash: string, message: string) {
    super(message);
    this.moduleHash = moduleHash;
  }
}
