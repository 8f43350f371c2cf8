/** Ends the program with exit code 1. The message is a sentence for the user, with a hint if there is one. */
export class Failure extends Error {}

/** The running kernel cannot be watched. */
export class CannotWatch extends Failure {}

/** Calls `open` and converts errors to failures. */
export function openOrFail<Opened>(open: () => Opened): Opened {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
