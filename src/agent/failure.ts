/**
 * An error with a message for the user, which contains a hint if available. If it is not handled, the program ends with
 * exit code 1.
 */
export class Failure extends Error {}

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
