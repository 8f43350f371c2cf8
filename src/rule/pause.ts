/**
 * Lets callers of long work do other work in between. Called every millisecond or so; returns a promise if the work
 * should wait for it.
 */
export type Pause = () => Promise<void> | undefined;
