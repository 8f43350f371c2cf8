import { isInstalled } from "./installation.ts";
import type { Part } from "./part.ts";
import { type PartName, parts } from "./parts.ts";

declare module "vitest" {
  interface TaskMeta {
    /** The parts that a test needs (test/parts/parts.ts). */
    parts?: readonly string[];
    /** Missing parts, with the reasons. */
    missing?: Readonly<Record<string, string>>;
  }
}

/** Options of a test or suite. It is skipped if one of its parts is missing, and the table shows the reason. */
export interface Needs {
  readonly skip: boolean;
  readonly meta: { readonly parts: readonly string[]; readonly missing?: Readonly<Record<string, string>> };
}

const found = new Map<string, string | undefined>();

/**
 * Returns the reason why a part is not available here, or undefined if the part is available. Each part is checked once
 * per test file.
 * @throws Error if the part may still be built
 */
function whyMissing(name: PartName): string | undefined {
  if (!found.has(name)) {
    const part: Part | undefined = parts.find((part) => part.name === name);
    const why = part?.missing();
    if (why !== undefined && part?.build !== undefined && !isInstalled("builds"))
      throw new Error(`${name} is still being built: BUILT in vitest.config.ts must match this file`);
    found.set(name, why);
  }
  return found.get(name);
}

/** Returns the reason why one of these parts is not available here, or undefined if all parts are available. */
export function missingOf(...names: readonly PartName[]): string | undefined {
  return names.map(whyMissing).find((why) => why !== undefined);
}

/**
 * Returns options for tests: `test("…", needs("nats-server"), async () => { … })`. The same works with `describe`; with
 * other options, use `{ ...needs("openssl"), timeout: 60_000 }`.
 */
export function needs(...names: readonly PartName[]): Needs {
  const missing = Object.fromEntries(
    names
      .map((name) => [name, whyMissing(name)] as const)
      .filter((entry): entry is [PartName, string] => entry[1] !== undefined),
  );
  const skip = Object.keys(missing).length > 0;
  return { skip, meta: { parts: names, ...(skip && { missing }) } };
}
