import type { Config } from "../../config/load.ts";

/** The keys whose values differ between two configurations. */
export function changedKeys(some: Config, other: Config, keys: readonly (keyof Config)[]): (keyof Config)[] {
  return keys.filter((key) => JSON.stringify(some[key]) !== JSON.stringify(other[key]));
}

type Apply = (next: { readonly config: Config }) => Promise<void>;

/** A component's `apply` that is called only where one of these keys has changed since `first` or the last call. */
export function onChange(first: Config, keys: readonly (keyof Config)[], apply: Apply): Apply {
  let current = first;
  return async (next) => {
    const changed = changedKeys(current, next.config, keys);
    current = next.config;
    if (changed.length > 0) await apply(next);
  };
}
