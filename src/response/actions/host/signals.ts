/** Signal numbers, identical on all supported architectures. */
export const Signal = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15, CONT: 18, STOP: 19 } as const;

export type SignalName = keyof typeof Signal;
