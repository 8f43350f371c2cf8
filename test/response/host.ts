import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActionHost } from "../../src/response/host.ts";

/** A place for tests of the machine that calls itself `here`. */
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
