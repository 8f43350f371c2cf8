/** Delay between events of a source and their evaluation. */
export interface SourceLag {
  /** Observes an event before its evaluation. Sampling events is sufficient. */
  look(event: { readonly timeNumber: number }): void;
  /** Lag of the last observed event in seconds; 0 if the observation is old, undefined if there is none. */
  lag(): number | undefined;
  /** Time of that event: seconds since the epoch. */
  last(): number | undefined;
}

/** Milliseconds after which an observation is old. */
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
