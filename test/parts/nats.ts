// NATS servers: the Debian package (2.9 in Debian 12), and the current release, built from Go modules.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { goPackages, QUICK_BUILD, runGo } from "./go.ts";
import { cached, makeCached } from "./in-cache.ts";
import type { Part } from "./part.ts";

const CURRENT = "2.15.2";
const folder = `nats-server-${CURRENT}`;
const program: string = join(cached(folder), "nats-server");

export const currentNats = {
  name: "nats-server (current)",
  missing: () => (existsSync(program) ? undefined : `nats-server ${CURRENT} is not built`),
  version: () => CURRENT,
  get packages() {
    return goPackages();
  },
  // Takes about 25 s on two cores.
  build: () =>
    makeCached(folder, (aside) =>
      runGo(["install", ...QUICK_BUILD, `github.com/nats-io/nats-server/v2@v${CURRENT}`], {
        env: { GOBIN: aside, CGO_ENABLED: "0" },
      }),
    ),
} as const satisfies Part;

/** The servers that NATS tests run against: names of parts, and their programs. */
export const natsServers = [
  { server: "nats-server", program: "nats-server" },
  { server: currentNats.name, program },
] as const;
