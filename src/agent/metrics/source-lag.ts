/** How far behind what happens the judging of a source is. */
export interface SourceLag {
  /** Looks at an event that is about to be judged: now and then is enough. */
  look(event: { readonly timeNumber: number }): void;
  /** Seconds from the event to the look; 0 where the last look was long ago, undefined where there was none. */
  lag(): number | undefined;
  /** When that event had happened: seconds since the epoch. */
  last(): number | undefined;
}

/** Milliseconds after which a look is an old one. */
const OLD = 10_000;

/** @param clock milliseconds since the epoch */
export function sourceLag(clock: () => number = Date.now): SourceLag {
  let looked = 0;
  let happened = 0;
  return {
    look(event) {
      looked = clock();
      happened = event.timeNumber / 1e6;
    },
    lag() {
      if (looked === 0) return undefined;
      return clock() - looked > OLD ? 0 : Math.max(0, looked - happened) / 1000;
    },
    last: () => (looked === 0 ? undefined : happened / 1000),
  };
}
