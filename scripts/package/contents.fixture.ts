import type { Contents } from "./contents.ts";

/** Returns a program that prints its version. */
export function smallContents(version: string): Contents {
  const script = `#!/bin/sh\necho ${version}\n`;
  return {
    entries: [{ path: "bin/eyas", mode: 0o755, content: Buffer.from(script) }],
    ...{ version, sbom: "{}\n", licenses: "", terms: ["Apache-2.0", "MIT OR GPL-2.0-only"] },
    commands: { words: ["eyas"], description: "", options: [], commands: [], help: "" },
  };
}
