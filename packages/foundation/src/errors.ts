/**
 * A user's mistake or bad input: what, where, expected, in one line that starts in lower case.
 * Commands print the message without a stack; anything that is not a NasbenchError is a defect and keeps its stack.
 * Packages subclass it once per cause that a caller can recover from.
 */
export class NasbenchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line or a call was wrong, as opposed to the data: commands end with exit status 2. */
export class UsageError extends NasbenchError {}
