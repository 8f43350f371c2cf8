import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IMAGE } from "../../src/context/runtime/busybox.fixture.ts";
import { type Dockerd, startDockerd } from "../../src/context/runtime/docker.fixture.ts";
import { makeContainerCgroup } from "../../src/drill/cgroup.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { type LiveSensor, pause, startSensor } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-containers-"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Starts a sensor with only the runtime at this socket, and with a rule for commands with `mark` in their arguments.
 */
async function sensorWith(socket: string, mark: string, output: string): Promise<LiveSensor> {
  const rules = join(folder, `${mark}.yaml`);
  const config = join(folder, `${mark}.config.yaml`);
  writeFileSync(
    rules,
    `- rule: ${mark}\n  desc: Commands of the test\n  condition: evt.type in (execve, execveat) and proc.args contains ${mark}\n  output: "${output}"\n  priority: NOTICE\n`,
  );
  writeFileSync(config, `containers: {docker: [${socket}], podman: [], containerd: [], cri: []}\n`);
  return startSensor("-c", config, "-r", rules);
}

const named = (alerts: readonly DrilledAlert[], rule: string): DrilledAlert[] =>
  alerts.filter((each) => each.rule === rule);

const realDocker = needs("sensor", "root", "static busybox", "dockerd", "docker", "containerd", "runc");

describe("with a real Docker daemon", realDocker, () => {
  let dockerd: Dockerd;
  beforeAll(async () => {
    dockerd = await startDockerd();
  }, 300_000);
  afterAll(() => dockerd?.close(), 60_000);

  const docker = (...args: readonly string[]): Promise<number | null> =>
    new Promise((resolve) => {
      spawn("docker", ["-H", `unix://${dockerd.socket}`, ...args], { stdio: "ignore" }).once("exit", resolve);
    });

  test("40 containers that run for milliseconds: each alert has the container name and image", async () => {
    const mark = "eyas-brief";
    const sensor = await sensorWith(
      dockerd.socket,
      mark,
      "%container.id %container.name %container.image.repository %container.image.tag %container.privileged %proc.pname",
    );
    try {
      const names = Array.from({ length: 40 }, (_, i) => `brief${i}`);
      const queue = [...names];
      async function work(): Promise<void> {
        for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
          await docker("run", "--rm", "--network=host", `--name=${name}`, IMAGE, "true", mark);
        }
      }
      await Promise.all([work(), work(), work(), work()]);
      await sensor.settled();
      await pause(1200); // events wait for a runtime for at most a second
      await sensor.settled();
      const inside = named(sensor.alerts(), mark).filter(({ fields }) => fields["container.id"] !== "host");
      const told = inside.filter(({ fields }) => String(fields["container.name"]).startsWith("brief"));
      expect(new Set(told.map(({ fields }) => fields["container.name"]))).toEqual(new Set(names));
      const lacking = told.filter(
        ({ fields }) =>
          fields["container.image.repository"] !== "registry.local:5000/acme/busybox" ||
          fields["container.image.tag"] !== "1.37" ||
          fields["container.privileged"] !== false,
      );
      expect(lacking).toEqual([]);
      // The test itself may run in an unknown container; the containers of Docker have to be known.
      const programs = inside.filter(({ fields }) => String(fields["proc.pname"]).startsWith("containerd-shim"));
      expect(programs.filter(({ fields }) => fields["container.name"] === null)).toEqual([]);
    } finally {
      await sensor.stop();
    }
  });

  test("a container has an event at its start and one at its end, with its metadata and without a process", async () => {
    const mark = "eyas-starts";
    const rules = join(folder, `${mark}.rules.yaml`);
    const config = join(folder, `${mark}.config.yaml`);
    const fields =
      "%evt.type %evt.category %evt.asynctype %container.id %container.name %container.privileged %proc.name";
    const rule = (type: string) =>
      `- rule: ${type}\n  desc: d\n  condition: evt.type = ${type}\n  output: "${fields}"\n  priority: NOTICE\n`;
    writeFileSync(rules, rule("container") + rule("container_removed"));
    writeFileSync(config, `containers: {docker: [${dockerd.socket}], podman: [], containerd: [], cri: []}\n`);
    const host = ["run", "-d", "--network=host"];
    await docker(...host, "--name=earlier", IMAGE, "sleep", "60");
    const sensor = await startSensor("-c", config, "-r", rules);
    try {
      await docker(...host, "--name=later", "--privileged", IMAGE, "sleep", "60");
      const names = (type: string): string[] =>
        named(sensor.alerts(), type).map((each) => String(each.fields["container.name"]));
      await until(() => names("container").length >= 2);
      await docker("rm", "-f", "later");
      await until(() => names("container_removed").includes("later"));
      await docker("rm", "-f", "earlier");
      expect(names("container").sort()).toEqual(["earlier", "later"]);
      const id = named(sensor.alerts(), "container_removed")[0]?.fields["container.id"];
      expect(
        named(sensor.alerts(), "container").find((each) => each.fields["container.name"] === "later"),
      ).toMatchObject({
        fields: {
          "evt.type": "container",
          "evt.category": "other",
          "evt.asynctype": "container",
          "container.id": id,
          "container.privileged": true,
          "proc.name": null,
        },
      });
    } finally {
      await sensor.stop();
    }
  });

  test("a container that runs for milliseconds has one event at its start and one at its end", async () => {
    const mark = "eyas-once";
    const rules = join(folder, `${mark}.rules.yaml`);
    const config = join(folder, `${mark}.config.yaml`);
    const rule = (type: string) =>
      `- rule: ${type}\n  desc: d\n  condition: evt.type = ${type}\n  output: "%container.name"\n  priority: NOTICE\n`;
    writeFileSync(rules, rule("container") + rule("container_removed"));
    writeFileSync(config, `containers: {docker: [${dockerd.socket}], podman: [], containerd: [], cri: []}\n`);
    const sensor = await startSensor("-c", config, "-r", rules);
    try {
      const all = Array.from({ length: 10 }, (_, i) => `once${String(i).padStart(2, "0")}`);
      const queue = [...all];
      async function work(): Promise<void> {
        for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
          await docker("run", "--rm", "--network=host", `--name=${name}`, IMAGE, "true");
        }
      }
      await Promise.all([work(), work(), work(), work()]);
      const names = (type: string): string[] =>
        named(sensor.alerts(), type)
          .map((each) => String(each.fields["container.name"]))
          .filter((name) => name.startsWith("once"))
          .sort();
      await until(() => names("container_removed").length >= all.length);
      await pause(1000); // a second event would be late
      expect(names("container")).toEqual(all);
      expect(names("container_removed")).toEqual(all);
    } finally {
      await sensor.stop();
    }
  });

  test("fields of a privileged container in the host's PID namespace, with labels, mounts and a health check", async () => {
    const mark = "eyas-known";
    const fields = [
      ...["id", "full_id", "name", "type", "image", "image.id", "image.repository", "image.tag", "privileged"],
      ...["mounts", "mount.dest[/etc]", "mount.rdwr[0]", "host_pid", "host_network", "host_ipc", "label[tier]"],
      ...["labels", "healthcheck"],
    ].map((name) => `container.${name}`);
    const all = [...fields, "proc.is_container_healthcheck", "container.duration"];
    const sensor = await sensorWith(dockerd.socket, mark, all.map((name) => `%${name}`).join(" "));
    try {
      const health = ["--health-cmd", `true ${mark} probe`, "--health-interval=1s"];
      const more = ["--privileged", "--pid=host", "--label=tier=front", "-v", "/etc:/host/etc:ro", ...health];
      await docker("run", "-d", "--network=host", "--name=known", ...more, IMAGE, "sh", "-c", `sleep 60; true ${mark}`);
      for (const end = Date.now() + 60_000; Date.now() < end; await pause(200)) {
        if (named(sensor.alerts(), mark).some((each) => each.fields["proc.is_container_healthcheck"] === true)) break;
      }
      const [first] = named(sensor.alerts(), mark).filter((each) => each.fields["container.name"] === "known");
      const id = dockerd.docker("inspect", "-f", "{{.Id}}", "known").trim();
      expect(first?.fields).toMatchObject({
        "container.id": id.slice(0, 12),
        "container.full_id": id,
        "container.type": "docker",
        "container.image": IMAGE,
        "container.image.repository": "registry.local:5000/acme/busybox",
        "container.image.tag": "1.37",
        "container.privileged": true,
        "container.mounts": "/etc:/host/etc:ro:false:rprivate",
        "container.mount.dest[/etc]": "/host/etc",
        "container.mount.rdwr[0]": "false",
        "container.host_pid": true,
        "container.host_network": true,
        "container.host_ipc": false,
        "container.label[tier]": "front",
        "container.labels": "tier:front",
        "container.healthcheck": `/bin/sh -c true ${mark} probe`,
        "proc.is_container_healthcheck": false,
      });
      const probes = named(sensor.alerts(), mark).filter(
        (each) => each.fields["proc.is_container_healthcheck"] === true,
      );
      expect(probes.length).toBeGreaterThan(0);
    } finally {
      await sensor.stop();
    }
  });

  test("users and groups have the names of the container's files, from its first process on", async () => {
    const mark = "eyas-users";
    const [passwd, group] = [join(folder, "passwd"), join(folder, "group")];
    writeFileSync(passwd, "root:x:0:0::/:/bin/sh\ncarol:x:1234:2345::/home/carol:/bin/carol\n");
    writeFileSync(group, "drivers:x:2345:\n");
    const sensor = await sensorWith(dockerd.socket, mark, "%container.name %user.name %user.shell %group.name");
    try {
      const files = ["-v", `${passwd}:/etc/passwd:ro`, "-v", `${group}:/etc/group:ro`];
      const command = ["sh", "-c", `sleep 5; true ${mark}`]; // runs long enough to be read
      const host = ["run", "--rm", "--network=host"];
      await docker(...host, "--name=carols", "--user=1234:2345", ...files, IMAGE, ...command);
      await docker(...host, "--name=roots", IMAGE, ...command);
      await sensor.settled();
      await pause(1200); // events wait for a runtime for at most a second
      await sensor.settled();
      const of = (name: string) => {
        const own = named(sensor.alerts(), mark).filter(({ fields }) => fields["container.name"] === name);
        return own.map(({ fields }) => [fields["user.name"], fields["user.shell"], fields["group.name"]].join());
      };
      expect(new Set(of("carols"))).toEqual(new Set(["carol,/bin/carol,drivers"]));
      expect(new Set(of("roots"))).toEqual(new Set(["root,/bin/sh,root"]));
    } finally {
      await sensor.stop();
    }
  });
});

async function until(met: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && !met(); ) await pause(100);
}

/** Stand-ins for broken runtimes. */
const broken: readonly (readonly [what: string, behave: (server: Server) => void])[] = [
  ["hangs", () => {}],
  [
    "answers garbage",
    (server) => server.on("connection", (socket) => socket.on("data", () => socket.end("\u0000\u00ff not HTTP\n\n"))),
  ],
  [
    "responds with invalid metadata",
    (server) =>
      server.on("connection", (socket) =>
        socket.on("data", () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a":[1]')),
      ),
  ],
  ["disappears", (server) => server.on("connection", (socket) => socket.on("data", () => socket.destroy()))],
];

test.for(broken)(
  "a runtime that %s does not block: alerts of the host are immediate, those of containers slightly delayed (stand-in)",
  needs("sensor", "cgroups"),
  async ([what, behave]) => {
    const mark = `eyas-${what.split(" ")[0]}`;
    const socket = join(folder, `${mark}.sock`);
    const server = createServer();
    behave(server);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const sensor = await sensorWith(socket, mark, "%container.id %container.name %proc.args");
    const cgroup = makeContainerCgroup("docker");
    try {
      const enter = cgroup.folders.map((each) => `echo $$ >${each}/cgroup.procs`).join("; ");
      for (let i = 0; i < 50; i++) {
        spawnSync("/bin/true", [`${mark}-host`]);
        if (i % 5 === 0) spawnSync("sh", ["-c", `${enter}; exec /bin/true ${mark}-inside`]);
      }
      await sensor.settled();
      // Only the first event may have waited for the runtime.
      const host = (): DrilledAlert[] =>
        named(sensor.alerts(), mark).filter(({ fields }) => fields["proc.args"] === `${mark}-host`);
      expect(host()).toHaveLength(50);
      for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) {
        if (insideOf(sensor.alerts(), mark).length === 10) break;
      }
      const inside = insideOf(sensor.alerts(), mark);
      expect(inside).toHaveLength(10);
      expect(new Set(inside.map(({ fields }) => fields["container.id"]))).toEqual(new Set([cgroup.id.slice(0, 12)]));
      expect(new Set(inside.map(({ fields }) => fields["container.name"]))).toEqual(new Set([null]));
    } finally {
      await sensor.stop();
      cgroup.remove();
      server.close();
    }
  },
);

function insideOf(alerts: readonly DrilledAlert[], mark: string): DrilledAlert[] {
  return named(alerts, mark).filter(({ fields }) => fields["proc.args"] === `${mark}-inside`);
}
