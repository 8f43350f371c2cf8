import { type PartName, parts } from "./parts.ts";

declare module "vitest" {
  interface TaskMeta {
    /** The parts that a test needs (test/parts/parts.ts). */
    parts?: readonly string[];
    /** Why the test is skipped. */
    missing?: string;
  }
}

/** Options of a test or a suite: it is skipped where one of the parts is missing, and the table says why. */
export interface Needs {
  readonly skip: boolean;
  readonly meta: { readonly parts: readonly string[]; readonly missing?: string };
}

const found = new Map<string, string | undefined>();

/** Why one of these parts can't be had here, else undefined. Each part is looked for once a test file. */
export function missingOf(...names: readonly PartName[]): string | undefined {
  for (const name of names) {
    if (!found.has(name)) found.set(name, parts.find((part) => part.name === name)?.missing());
    const missing = found.get(name);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/**
 * `test("…", needs("nats-server"), async () => { … })`, the same with `describe`; with other options:
 * `{ ...needs("openssl"), timeout: 60_000 }`.
 */
export function needs(...names: readonly PartName[]): Needs {
  const missing = missingOf(...names);
  return { skip: missing !== undefined, meta: { parts: names, ...(missing !== undefined && { missing }) } };
}
