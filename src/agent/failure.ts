/**
 * An error with a message for the user, which contains a hint if available. An unhandled Failure ends the program with
 * exit code 1.
 */
export class Failure extends Error {}

/** Failure because files changed between the trial and the load. */
export class FilesChanged extends Failure {}

/** Failure because rule files have errors. */
export class InvalidRules extends Failure {
  /** Errors by file name. The errors of a file exclude errors of the files that were loaded before it. */
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
