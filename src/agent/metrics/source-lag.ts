/** Measures the delay between an event of a source and its evaluation. */
export interface SourceLag {
  /** Observes an event before its evaluation. Not every event needs to be observed. */
  look(event: { readonly timeNumber: number }): void;
  /**
   * Lag of the last observed event, in seconds; 0 if the observation is older than {@link OLD}, undefined without
   * observed events.
   */
  lag(): number | undefined;
  /** Time of the last observed event, in seconds since the epoch. */
  last(): number | undefined;
}

/** Age in milliseconds from which the lag of an observed event is ignored. */
const OLD = 10_000;

/** Creates a lag measurement for one source. @param clock returns milliseconds since the epoch */
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
