import { Failure } from "../failure.ts";

/** The outcome of a reload. */
export type Reloaded<Loaded> = { readonly loaded: Loaded } | { readonly failed: Failure };

export interface Reload<Loaded> {
  /** Starts a reload in the background, after the reload in progress, if any. */
  ask(): void;
  /** Returns the outcome of the last reload and discards it; undefined if there is no new outcome. */
  take(): Reloaded<Loaded> | undefined;
}

/**
 * Reloads configuration and rules in the background, one reload at a time.
 * @param ready called when an outcome is available
 */
export function openReload<Loaded>(load: () => Promise<Loaded>, ready: () => void): Reload<Loaded> {
  let busy = false;
  let again = false;
  let outcome: Reloaded<Loaded> | undefined;

  async function run(): Promise<void> {
    busy = true;
    do {
      again = false;
      try {
        outcome = { loaded: await load() };
      } catch (error) {
        // The current rules stay active after any failure.
        outcome = {
          failed:
            error instanceof Failure
              ? error
              : new Failure(`Cannot load the configuration or rule files: ${reasonOf(error)}.`),
        };
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
      return taken;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first error of a failure that lists errors below a heading. */
export function firstError({ message }: Failure): string {
  const [heading = "", first = heading] = message.split("\n");
  return first;
}
