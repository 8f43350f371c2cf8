import { type Keys, type Leaf, type Section, texts } from "./shape.ts";

/** Beside `minimumpriority`: which alerts an output gets, and what of them. Every output has these keys. */
export const selection = {
  sources: texts("Only alerts of these sources, such as `syscall` or `k8s_audit`. `*` is any text. Absent: of all."),
  rules: texts("Only alerts of rules with these names. `*` is any text. Absent: of all."),
  fields: texts("Only these fields of an alert go out (`output_fields`). `*` is any text. Absent: all that it has."),
};

/** Sections with the keys of {@link selection} wherever there is a `minimumpriority`. */
export type WithSelection<K> = {
  readonly [P in keyof K]: K[P] extends Section<infer S>
    ? Section<S extends { readonly minimumpriority: Leaf<unknown> } ? S & typeof selection : WithSelection<S>>
    : K[P];
};

export function withSelection<K extends Keys>(keys: K): WithSelection<K> {
  const entries = Object.entries<Keys[string]>(keys).map(([name, key]) => {
    if (key.kind !== "section") return [name, key];
    const inner = "minimumpriority" in key.keys ? { ...key.keys, ...selection } : withSelection(key.keys);
    return [name, { ...key, keys: inner }];
  });
  return Object.fromEntries(entries) as WithSelection<K>; // each key has become what the type says
}
