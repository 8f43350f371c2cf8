import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActionHost } from "../../src/response/host.ts";

/** Returns the host named `here` for tests. */
export function testHost(changes: Partial<ActionHost>): ActionHost {
  return {
    hostname: "here",
    root: "/",
    launcher: join(import.meta.dirname, "../../bin/eyas"),
    folder: tmpdir(),
    runtimes: { docker: [], podman: [], containerd: [], cri: [] },
    ...changes,
  };
}
