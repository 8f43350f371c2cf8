/** Ends the program with exit code 1. The message is one sentence for the user, with the mend where there is one. */
export class Failure extends Error {}

/** The running kernel can't be watched from here. */
export class CannotWatch extends Failure {}
