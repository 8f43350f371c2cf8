import type { Config } from "../../config/load.ts";

/** Keys whose values differ between two configurations. */
export function changedKeys(some: Config, other: Config, keys: readonly (keyof Config)[]): (keyof Config)[] {
  return keys.filter((key) => JSON.stringify(some[key]) !== JSON.stringify(other[key]));
}

type Apply = (next: { readonly config: Config }) => Promise<void>;

/** Wraps `apply` of a component so that it runs only if one of these keys has changed. */
export function onChange(first: Config, keys: readonly (keyof Config)[], apply: Apply): Apply {
  let current = first;
  return async (next) => {
    const changed = changedKeys(current, next.config, keys);
    current = next.config;
    if (changed.length > 0) await apply(next);
  };
}
