/**
 * An error with a message for the user, which contains a hint if available. If it is not handled, the program ends with
 * exit code 1.
 */
export class Failure extends Error {}

/** Failure because the files changed after the trial. */
export class FilesChanged extends Failure {}

/** Failure because rule files have errors. */
export class InvalidRules extends Failure {
  /** The errors that each file adds to those of the files before it, by the name of the file. */
  readonly errors: ReadonlyMap<string, readonly string[]>;

  constructor(message: string, errors: ReadonlyMap<string, readonly string[]>) {
    super(message);
    this.errors = errors;
  }
}

/** Failure because the running kernel cannot be watched. */
export class CannotWatch extends Failure {}

/** Calls `open` and converts an error to a {@link Failure}. */
export function openOrFail<Opened>(open: () => Opened): Opened {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
