import type { Config } from "../../config/load.ts";

/** Keys whose values differ between two configurations. */
export function changedKeys(some: Config, other: Config, keys: readonly (keyof Config)[]): (keyof Config)[] {
  return keys.filter((key) => JSON.stringify(some[key]) !== JSON.stringify(other[key]));
}

type Apply = (next: { readonly config: Config }) => Promise<void>;

/**
 * Returns a function that calls `apply` only if the value of one of `keys` has changed since the last configuration.
 */
export function onChange(first: Config, keys: readonly (keyof Config)[], apply: Apply): Apply {
  let current = first;
  return async (next) => {
    const changed = changedKeys(current, next.config, keys);
    current = next.config;
    if (changed.length > 0) await apply(next);
  };
}
