/**
 * Lets the caller of long-running work do other work in between. Called after each short step. Returns a promise if the
 * work must wait for it.
 */
export type Pause = () => Promise<void> | undefined;
