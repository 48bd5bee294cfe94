/**
 * A user's mistake or bad input: what, where, expected, in one line that starts in lower case.
 * Commands print the message without a stack; anything that is not a NasbenchError is a defect and keeps its stack.
 * Packages subclass it once per cause that a caller can recover from. Each class writes its name down: a bundler shortens
 * the one that it could be taken from.
 */
export class NasbenchError extends Error {
  override readonly name: string = 'NasbenchError';
}

/** The command line or a call was wrong, as opposed to the data: commands end with exit status 2. */
export class UsageError extends NasbenchError {
  override readonly name: string = 'UsageError';
}
