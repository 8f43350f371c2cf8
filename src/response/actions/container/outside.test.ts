import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { alertOf, requestOf, type Sleeper, startSleeper } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { cgroupsOf } from "../host/cgroup.ts";
import { action as kill } from "./kill.ts";
import { areSeparate } from "./outside.ts";

const id = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";
const user = "/user.slice/user-1000.slice/user@1000.service";

test.each([
  ["the same cgroup", `/system.slice/docker-${id}.scope`, `/system.slice/docker-${id}.scope`, false],
  ["a cgroup beside the first process", `/docker/${id}/system.slice/a.service`, `/docker/${id}/init.scope`, false],
  [
    "a cgroup of a user with the same name",
    `${user}/app.slice/docker-${id}.scope`,
    `/system.slice/docker-${id}.scope`,
    true,
  ],
  ["a cgroup within another container", `/docker/${"a".repeat(64)}/docker-${id}.scope`, `/docker/${id}`, true],
  [
    "a rootless container",
    `${user}/user.slice/libpod-${id}.scope/a`,
    `${user}/user.slice/libpod-${id}.scope/container`,
    false,
  ],
  ["a container whose cgroup does not have its ID", `${user}/app.slice/docker-${id}.scope`, "/custom", false],
])("a process in %s", (_where, own, init, separate) => {
  expect(areSeparate(`0::${own}\n`, `0::${init}\n`, id)).toBe(separate);
  expect(areSeparate(`4:cpu:${own}\n1:name=systemd:/\n`, `1:name=systemd:/\n4:cpu:${init}\n`, id)).toBe(separate);
});

const top = cgroupsOf("self").find(({ version, folder }) => version === 2 && folder !== "")?.folder ?? "";

test(
  "container:kill skips a container if the process only has a cgroup with the container's ID in its name",
  needs("root", "all processes", "cgroups, version 2"),
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-outside-"));
    const [victim, attacker] = [startSleeper(), startSleeper()];
    const around = join(top, `eyas-outside-${process.pid}`);
    const groups = [join(top, `docker-${id}.scope`), around, join(around, `docker-${id}.scope`)];
    const killed: string[] = [];
    const docker = createServer(({ url = "" }, response) => {
      if (url.includes("/kill")) killed.push(url);
      response.end(JSON.stringify({ Id: id, Name: "/web", State: { Running: true, Pid: victim.pid } }));
    });
    const socket = join(folder, "docker.sock");
    await new Promise<void>((resolve) => docker.listen(socket, resolve));
    try {
      for (const group of groups) mkdirSync(group);
      writeFileSync(join(groups[0]!, "cgroup.procs"), String(victim.pid));
      writeFileSync(join(groups[2]!, "cgroup.procs"), String(attacker.pid));
      const act = ({ pid }: Sleeper) =>
        kill.run({
          ...requestOf(
            alertOf({ "container.id": id.slice(0, 12), "proc.pid": pid }),
            withFallbacks(kill.parameters, {}),
          ),
          host: testHost({ runtimes: { docker: [socket], podman: [], containerd: [], cri: [] } }),
        });
      const reason = `Process ${attacker.pid} is not in container ${id.slice(0, 12)}: only the name of its cgroup contains this ID.`;
      expect(await act(attacker)).toEqual({ outcome: "skipped", reason });
      expect(killed).toEqual([]);
      expect(await act(victim)).toMatchObject({ outcome: "done" });
      expect(killed).toHaveLength(1);
    } finally {
      for (const each of [victim, attacker]) await each.end();
      for (const group of groups.reverse()) await expect.poll(() => isRemoved(group)).toBe(true);
      docker.closeAllConnections();
      docker.close();
      rmSync(folder, { recursive: true });
    }
  },
);

/** Removes a cgroup. Returns false while processes in it are still exiting. */
function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
