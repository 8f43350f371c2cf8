import type { Config } from "../../config/load.ts";

/** Returns the keys whose values differ between two configurations. */
export function changedKeys(some: Config, other: Config, keys: readonly (keyof Config)[]): (keyof Config)[] {
  return keys.filter((key) => JSON.stringify(some[key]) !== JSON.stringify(other[key]));
}

/** Configuration keys that require a new session when they change. */
const sessionKeys = [
  "engine",
  "falco_libs",
  "journal",
  "containers",
  "capture",
] as const satisfies readonly (keyof Config)[];

/** Returns the changed keys that require a new session. A running session can change the limits of its journal. */
export function changedSessionKeys(before: Config, next: Config): (keyof Config)[] {
  const { max_age, max_size } = before.journal;
  return changedKeys(before, { ...next, journal: { ...next.journal, max_age, max_size } }, sessionKeys);
}

type Apply = (next: { readonly config: Config }) => Promise<void>;

/**
 * Returns a function that calls `apply` only if the value of one of `keys` has changed since the last configuration, or
 * if the last call of `apply` called `failed`. A failure can have a cause outside of the configuration, for example a
 * port that another process uses, so the next reload must retry even if the configuration is unchanged.
 */
export function onChange(
  first: Config,
  keys: readonly (keyof Config)[],
  apply: (next: { readonly config: Config }, failed: () => void) => Promise<void>,
): Apply {
  let current: Config | undefined = first;
  const failed = (): void => {
    current = undefined;
  };
  return async (next) => {
    const mustApply = current === undefined || changedKeys(current, next.config, keys).length > 0;
    current = next.config;
    if (mustApply) await apply(next, failed);
  };
}
