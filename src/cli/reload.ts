import { Failure } from "./failure.ts";

/** What came of loading again. */
export type Reloaded<Loaded> = { readonly loaded: Loaded } | { readonly failed: Failure };

export interface Reload<Loaded> {
  /** Loads again, beside whatever goes on; what is under way then is begun anew. */
  ask(): void;
  /** What has been loaded since the last call, once. */
  take(): Reloaded<Loaded> | undefined;
}

/**
 * Loads configuration and rules beside the running ones, one at a time.
 * @param ready called when there is something to take
 */
export function openReload<Loaded>(load: () => Promise<Loaded>, ready: () => void): Reload<Loaded> {
  let busy = false;
  let again = false;
  let outcome: Reloaded<Loaded> | { readonly crashed: unknown } | undefined;

  async function run(): Promise<void> {
    busy = true;
    do {
      again = false;
      try {
        outcome = { loaded: await load() };
      } catch (error) {
        outcome = error instanceof Failure ? { failed: error } : { crashed: error };
      }
    } while (again);
    busy = false;
    ready();
  }

  return {
    ask() {
      again = true;
      if (!busy) void run();
    },
    take() {
      if (busy || outcome === undefined) return undefined;
      const taken = outcome;
      outcome = undefined;
      if ("crashed" in taken) throw taken.crashed;
      return taken;
    },
  };
}

/** One sentence of a failure that may tell of many mistakes, each on lines of its own. */
export function firstMistake({ message }: Failure): string {
  const [heading, first] = message.split("\n");
  return first ?? heading;
}
