// cosign, which verifies the signatures of releases in tests. It is built only on request (node test/parts/cosign.ts),
// since that takes 6 minutes of CPU time.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { QUICK_BUILD, runGo } from "./go.ts";
import { cached, makeCached } from "./in-cache.ts";
import type { Part } from "./part.ts";

const VERSION = "3.1.3";
const folder = `cosign-${VERSION}`;

/** Path of the program: COSIGN if it is set, otherwise the built program. */
export const cosignPath: string = process.env.COSIGN ?? join(cached(folder), "cosign");

export const cosign = {
  name: "cosign",
  missing() {
    try {
      accessSync(cosignPath, constants.X_OK);
      return undefined;
    } catch {
      return process.env.COSIGN === undefined
        ? "cosign is not built (node test/parts/cosign.ts)"
        : "COSIGN is not an executable file";
    }
  },
  version: () => (process.env.COSIGN === undefined ? VERSION : undefined),
} as const satisfies Part;

async function build(): Promise<void> {
  const program = `github.com/sigstore/cosign/v3/cmd/cosign@v${VERSION}`;
  await makeCached(folder, (aside) =>
    runGo(["install", ...QUICK_BUILD, program], { env: { GOBIN: aside, CGO_ENABLED: "0" } }),
  );
  console.log(`cosign ${VERSION} is in ${cached(folder)}.`);
}

if (import.meta.main)
  await build().catch((error: unknown) => {
    console.error(`cosign could not be built: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  });
