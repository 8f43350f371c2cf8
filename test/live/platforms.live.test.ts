import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rootArchive } from "../../src/context/runtime/busybox.fixture.ts";
import type { Stage } from "../../src/drill/action.ts";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import type { ContainerKind } from "../../src/drill/cgroup.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { type OwnedStage, openStage } from "../../src/drill/stage.ts";
import { needs } from "../parts/needs.ts";
import { pause, READY_RULE, startSensor, startSensorWith } from "./sensor.ts";

// Stand-ins for Mesos and Cloud Foundry: processes with the cgroups and the environment of these platforms.

const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../../shared");
const upstream = join(shared, "upstream-rules/falco_rules.yaml");
const folder = mkdtempSync(join(tmpdir(), "eyas-platforms-"));
afterAll(() => rmSync(folder, { recursive: true }));

const application = {
  application_id: "11111111-2222-3333-4444-555555555555",
  application_name: "orders",
  application_uris: ["orders.example.org", "orders.internal"],
  application_version: "aaaaaaaa-0000-0000-0000-000000000001",
  cf_api: "https://api.example.org",
  limits: { fds: 16384, mem: 256, disk: 1024 },
  organization_id: "0f000000-0000-0000-0000-000000000001",
  organization_name: "shop",
  process_id: "11111111-2222-3333-4444-555555555555",
  process_type: "web",
  space_id: "5f000000-0000-0000-0000-000000000001",
  space_name: "production",
};

const frameworkId = "5a3c1d4e-0000-4b6f-9c1d-000000000001-0000";
const taskId = "shop_cart.instance-6a5b7c8d-0000-11ee-8000-0242ac110002._app.1";

/** Environment of the first process, and the expected fields. */
const platforms: Readonly<Record<"garden" | "mesos", { env: Record<string, string>; fields: Record<string, string> }>> =
  {
    garden: {
      env: {
        // Moves the app metadata beyond the part of the environment that events contain.
        VCAP_SERVICES: JSON.stringify({ db: [{ credentials: { uri: "x".repeat(6000) } }] }),
        VCAP_APPLICATION: JSON.stringify(application),
        CF_INSTANCE_INDEX: "2",
        CF_INSTANCE_IP: "10.0.16.4",
      },
      fields: {
        "cf.app.id": application.application_id,
        "cf.app.name": "orders",
        "cf.app.uris": "orders.example.org,orders.internal",
        "cf.app.version": application.application_version,
        "cf.space.id": application.space_id,
        "cf.space.name": "production",
        "cf.org.id": application.organization_id,
        "cf.org.name": "shop",
        "cf.process.id": application.process_id,
        "cf.process.type": "web",
        "cf.instance.index": "2",
        "cf.instance.ip": "10.0.16.4",
        "cf.api": "https://api.example.org",
        "container.type": "garden",
        "container.name": "orders:2",
      },
    },
    mesos: {
      env: {
        MESOS_TASK_ID: taskId,
        MESOS_FRAMEWORK_ID: frameworkId,
        MARATHON_APP_ID: "/shop/cart",
        MARATHON_APP_LABELS: "TEAM TIER",
        MARATHON_APP_LABEL_TEAM: "checkout",
        MARATHON_APP_LABEL_TIER: "front",
      },
      fields: {
        "mesos.task.id": taskId,
        "mesos.task.name": "cart.shop",
        "mesos.task.label[TEAM]": "checkout",
        "mesos.task.labels": "TEAM:checkout, TIER:front",
        "mesos.framework.id": frameworkId,
        "marathon.app.id": "/shop/cart",
        "marathon.app.name": "cart",
        "marathon.app.label[TIER]": "front",
        "marathon.app.labels": "TEAM:checkout, TIER:front",
        "marathon.group.id": "/shop",
        "marathon.group.name": "shop",
        "container.type": "mesos",
        "container.name": "cart.shop",
      },
    },
  };

const about: Readonly<Record<string, string>> = {
  "host.kernel": release(),
  "cluster.name": "edge",
  "cloud.region": "eu-west-1",
};
const others = ["cf.instance.guid", "container.id", "container.full_id", "proc.env[EYAS_DRILL]"];
const fields = [
  ...Object.values(platforms).flatMap((each) => Object.keys(each.fields)),
  ...Object.keys(about),
  ...others,
];
const config = join(folder, "config.yaml");
writeFileSync(
  config,
  JSON.stringify({
    append_output: [{ extra_fields: [...new Set(fields)] }],
    containers: { enabled: false },
    cluster: { name: "edge" },
    cloud: { region: "eu-west-1" },
  }),
);

/** Rules that apply only to containers, and the drill actions for them. */
const rules: readonly (readonly [action: string, own: string, upstream: string])[] = [
  ["container-shell", "Interactive shell started in container", "Terminal shell in container"],
  ["netcat-exec", "Netcat or socat shell started in container", "Netcat Remote Code Execution in Container"],
  [
    "stream-to-network",
    "Standard stream redirected to network socket",
    "Redirect STDOUT/STDIN to Network Connection in Container",
  ],
  ["packet-socket", "Packet socket opened in container", "Packet socket created in container"],
  ["release-agent", "Kernel helper path written from container", "Detect release_agent File Container Escapes"],
  ["run-dropped", "Program executed from container writable layer", "Drop and execute new binary in container"],
];

/** Returns a drill stage in that container. */
function within(stage: OwnedStage, container: ContainerKind): Stage {
  const there = <O extends { readonly container?: ContainerKind }>(options: O | undefined): O | undefined =>
    options?.container === undefined ? options : { ...options, container };
  return {
    ...stage,
    run: (argv, options) => stage.run(argv, there(options)),
    call: (name, args, options) => stage.call(name, args, there(options)),
  };
}

/** Starts the processes of the platform, and then runs the drill actions. */
async function attack(kind: "garden" | "mesos"): Promise<void> {
  const stage = openStage();
  try {
    stage.beginAction(kind);
    await stage.run(["/bin/sleep", "0.3"], { container: kind, env: platforms[kind].env });
    for (const [name] of rules) {
      stage.beginAction(`${kind}-${name}`);
      await SYSCALL_ACTIONS.find((each) => each.name === name)?.act(within(stage, kind));
      stage.endAction();
    }
  } finally {
    stage.end();
  }
}

describe.each([
  ["the default rules", 1, [], () => startSensor("-c", config)],
  ["Falco's rules", 2, ["upstream rules"], () => startSensorWith([upstream], READY_RULE, "-c", config)],
] as const)("with %s", (_whose, column, parts, start) => {
  test.for(["garden", "mesos"] as const)(
    "rules about containers match in a container of %s, and every field identifies the container",
    { ...needs("root", "sensor", "cgroups", ...parts), timeout: 300_000 },
    async (kind) => {
      const sensor = await start();
      try {
        await attack(kind);
        await sensor.settled();
        const alerts = sensor.alerts();
        const of = (name: string): DrilledAlert[] =>
          alerts.filter((each) => each.fields["proc.env[EYAS_DRILL]"] === `${kind}-${name}`);
        for (const rule of rules) {
          const raised = of(rule[0]).filter((each) => each.rule === rule[column]);
          expect(raised.length, `${rule[column]}: ${JSON.stringify(of(rule[0]))}`).toBeGreaterThan(0);
          for (const { fields } of raised) {
            expect(fields).toMatchObject({ ...platforms[kind].fields, ...about });
            const id = String(fields["container.full_id"]);
            expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
            expect(fields["container.id"]).toBe(id.slice(0, 12));
            expect(fields["cf.instance.guid"]).toBe(kind === "garden" ? id : null);
          }
        }
      } finally {
        await sensor.stop();
      }
    },
  );
});

describe("with a real runc, used as in Garden", needs("root", "sensor", "static busybox", "runc"), () => {
  const handle = randomUUID();
  const state = join(folder, "runc");
  const bundle = join(folder, "bundle");
  const mark = "eyas-in-garden";
  const runc = (...args: readonly string[]) => execFileSync("runc", ["--root", state, ...args], { cwd: bundle });

  test("the first process of the container has no app metadata, a process that is added later has it", async () => {
    mkdirSync(bundle, { recursive: true });
    rootArchive(bundle);
    runc("spec");
    const spec = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
    spec.process.terminal = false;
    spec.linux.cgroupsPath = `/garden/good/${handle}`;
    const beside = { ...spec.process, args: ["/bin/sh", "-c", `sleep 0.3; cat /etc/shadow; true ${mark}`] };
    beside.env = ["PATH=/bin", ...Object.entries(platforms.garden.env).map(([name, value]) => `${name}=${value}`)];
    spec.process.args = ["/bin/sleep", "60"];
    writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
    writeFileSync(join(bundle, "process.json"), JSON.stringify(beside));
    const sensor = await startSensorWith(
      [],
      `${READY_RULE}
- rule: Read
  desc: The app reads
  condition: evt.type in (open, openat, openat2) and fd.name = /etc/shadow and proc.pcmdline contains ${mark}
  output: "%proc.name"
  priority: NOTICE
`,
      ...["-c", config],
    );
    const first = spawn("runc", ["--root", state, "run", handle], { cwd: bundle, stdio: "ignore" });
    const ended = new Promise((resolve) => first.once("exit", resolve));
    try {
      for (const end = Date.now() + 60_000; Date.now() < end && !runc("list").includes("running"); ) await pause(50);
      runc("exec", "-p", join(bundle, "process.json"), handle);
      await sensor.settled();
      const [read] = sensor.alerts();
      expect(read?.fields).toMatchObject({
        ...platforms.garden.fields,
        "container.id": handle.slice(0, 12),
        "container.full_id": handle,
        "cf.instance.guid": handle,
      });
    } finally {
      await sensor.stop();
      runc("kill", handle, "KILL");
      await ended;
      execFileSync("sh", ["-c", "rmdir /sys/fs/cgroup/*/garden/good /sys/fs/cgroup/*/garden 2>/dev/null || true"]);
    }
  }, 300_000);
});
