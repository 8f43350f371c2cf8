/** Ends the program with exit code 1. The message is one sentence for the user, with the mend where there is one. */
export class Failure extends Error {}

/** The running kernel can't be watched from here. */
export class CannotWatch extends Failure {}

/** What opening gives; an error of the system becomes a Failure with its sentence. */
export function openOrFail<Opened>(open: () => Opened): Opened {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
