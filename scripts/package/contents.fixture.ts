import type { Contents } from "./contents.ts";

/** Returns a program that prints its version. */
export function smallContents(version: string): Contents {
  const script = `#!/bin/sh\necho ${version}\n`;
  return {
    entries: [{ path: "bin/eyas", mode: 0o755, content: Buffer.from(script) }],
    ...{ version, license: "Apache-2.0", description: "", sbom: "{}\n" },
    shipped: { version, arch: "amd64", time: 0, packages: [], direct: [], bundled: [] },
    ...{ licenses: "", terms: ["Apache-2.0", "MIT OR GPL-2.0-only"] },
    commands: { words: ["eyas"], description: "", options: [], commands: [], help: "" },
  };
}
