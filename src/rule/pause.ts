/**
 * Lets the caller of long-running work do other work between its steps. Called after each short step. If a promise is
 * returned, the next step waits for it.
 */
export type Pause = () => Promise<void> | undefined;
