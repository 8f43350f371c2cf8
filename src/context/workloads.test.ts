import { expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { documentVocabulary } from "../field/catalogue.ts";
import { classesOfSource } from "../field/sources.ts";
import { Workloads } from "../machine/workload.ts";
import { readWorkload } from "./workloads.ts";

const words = documentVocabulary(await classesOfSource("syscall"));
const handle = "7c1d0605-3303-47e2-7ada-c694";
const uuid = "a462e867-1622-44c6-be2b-a2d938e197ae";
const hex = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";

const application = {
  application_id: "11111111-2222-3333-4444-555555555555",
  application_name: "cart",
  application_uris: ["cart.example.org", "cart.internal"],
  application_version: "aaaaaaaa-0000-0000-0000-000000000001",
  cf_api: "https://api.example.org",
  limits: { fds: 16384, mem: 256, disk: 1024 },
  name: "cart",
  organization_id: "org-1",
  organization_name: "shop",
  process_id: "11111111-2222-3333-4444-555555555555",
  process_type: "web",
  space_id: "space-1",
  space_name: 'pro"d',
  uris: ["cart.example.org"],
  users: null,
};
const vcap = `VCAP_APPLICATION=${JSON.stringify(application)}`;
const instance = ["CF_INSTANCE_INDEX=3", `CF_INSTANCE_GUID=${handle}`, "CF_INSTANCE_IP=10.0.16.4"];

const marathon = [
  "MESOS_TASK_ID=shop_cart.6a5b7c8d-0000-11ee-8000-0242ac110002",
  "MARATHON_APP_ID=/shop/cart",
  "MARATHON_APP_LABELS=TEAM TIER",
  "MARATHON_APP_LABEL_TEAM=checkout",
  "MARATHON_APP_LABEL_TIER=front",
];

interface Place {
  readonly cgroup: string;
  readonly environment?: (pid: number) => string | undefined;
}

/** A machine whose process 100, outside the container, is the parent of the programs in it. */
function stageFor({ environment }: Partial<Place> = {}, hooks = {}): Stage {
  const stage = new Stage(hooks, [process(100, 1, { cgroups: "cpu=/system.slice/runit.service\0" })]);
  stage.machine.watchWorkloads(new Workloads({ read: readWorkload, ...(environment && { environment }) }));
  return stage;
}

/** Runs a program in a cgroup. @returns a reader of its fields */
function run(
  stage: Stage,
  cgroup: string,
  env: readonly string[],
  { pid = 200, ptid = 100, exe = "/app/run", args = "" } = {},
): (field: string) => unknown {
  stage.happen(EventCode.CLONE_20_X, ptid, cloneValues(pid, { tid: ptid, pid: ptid, vtid: ptid, vpid: ptid }));
  const event = stage.happen(
    EventCode.EXECVE_19_X,
    pid,
    execValues({
      ...{ exe, args, pid, tid: pid, ptid, comm: "run" },
      cgroups: `cpu=${cgroup}\0`,
      env: env.map((each) => `${each}\0`).join(""),
    }),
  );
  return (field) => {
    const use = words.lookup(field);
    if (use === undefined) throw new Error(`no field ${field}`);
    return use.field.bind(use.argument)(event);
  };
}

test("fields of a Cloud Foundry app come from the process that Garden starts", () => {
  const read = run(stageFor(), `/garden/${handle}/init`, ["PATH=/bin", vcap, ...instance]);
  expect({
    id: read("cf.app.id"),
    name: read("cf.app.name"),
    uris: read("cf.app.uris"),
    version: read("cf.app.version"),
    space: [read("cf.space.id"), read("cf.space.name")],
    org: [read("cf.org.id"), read("cf.org.name")],
    process: [read("cf.process.id"), read("cf.process.type")],
    instance: [read("cf.instance.index"), read("cf.instance.guid"), read("cf.instance.ip")],
    api: read("cf.api"),
    container: [read("container.id"), read("container.full_id"), read("container.type"), read("container.name")],
    mesos: [read("mesos.task.id"), read("marathon.app.id"), read("cf.job")],
  }).toEqual({
    id: application.application_id,
    name: "cart",
    uris: "cart.example.org,cart.internal",
    version: application.application_version,
    space: ["space-1", 'pro"d'],
    org: ["org-1", "shop"],
    process: [application.process_id, "web"],
    instance: ["3", handle, "10.0.16.4"],
    api: "https://api.example.org",
    container: ["7c1d0605-330", handle, "garden", "cart:3"],
    mesos: [undefined, undefined, undefined],
  });
});

test("a truncated environment is read completely, once", () => {
  const services = `VCAP_SERVICES=${JSON.stringify({ db: "x".repeat(6000) })}`;
  const all = ["PATH=/bin", services, vcap, ...instance];
  const kept = `${all.join("\0")}\0`.slice(0, 4095).split("\0");
  const asked: number[] = [];
  const stage = stageFor({
    environment(pid) {
      asked.push(pid);
      return `${all.join("\0")}\0`;
    },
  });
  expect(run(stage, `/garden/${handle}/init`, kept)("cf.app.name")).toBe("cart");
  expect(run(stage, `/garden/${handle}/init`, kept, { pid: 201 })("cf.app.name")).toBe("cart");
  expect(asked).toEqual([200]);
});

test("the environment of another program is not used; of a truncated text, the complete members are used", () => {
  const cut = [`PADDING=${"x".repeat(3700)}`, vcap].join("\0").slice(0, 4095).split("\0");
  const stage = stageFor({ environment: () => "PADDING=other\0VCAP_APPLICATION={}\0" });
  const read = run(stage, `/garden/${handle}/init`, cut);
  expect(read("cf.app.id")).toBe(application.application_id);
  expect(read("cf.app.name")).toBe("cart");
  expect(read("cf.app.uris")).toBeUndefined();
  expect(read("cf.space.name")).toBeUndefined();
});

test("a later process without VCAP_APPLICATION keeps the app", () => {
  const cut = [`PADDING=${"x".repeat(3700)}`, vcap].join("\0").slice(0, 4095).split("\0");
  const stage = stageFor();
  expect(run(stage, `/garden/${handle}/init`, cut)("cf.app.name")).toBe("cart");
  const read = run(stage, `/garden/${handle}/init`, instance, { pid: 201 });
  expect(["cf.app.id", "cf.app.name", "cf.app.version", "cf.instance.index", "container.name"].map(read)).toEqual([
    ...[application.application_id, "cart", application.application_version, "3", "cart:3"],
  ]);
});

test("the init of runc and Garden, and processes of the container itself, have no app metadata", () => {
  const stage = stageFor();
  const fake = vcap.replace("cart", "fake");
  const cgroup = `/garden/${handle}/init`;
  expect(run(stage, cgroup, [fake], { exe: "/proc/self/exe", args: "init\0" })("cf.app.name")).toBeUndefined();
  expect(run(stage, cgroup, ["PATH=/bin"], { pid: 201, exe: "/tmp/garden-init" })("cf.app.name")).toBeUndefined();
  expect(run(stage, cgroup, [fake], { pid: 202, ptid: 201 })("cf.app.name")).toBeUndefined();
  expect(run(stage, cgroup, [vcap], { pid: 203 })("cf.app.name")).toBe("cart");
  expect(run(stage, cgroup, [fake], { pid: 204 })("cf.app.name")).toBe("cart");
});

test("a user cannot start a process of an app in their own cgroup", () => {
  const cgroup = `/user.slice/user-1000.slice/user@1000.service/app.slice/docker-${hex}.scope`;
  const read = run(stageFor({}, { isAlive: () => true }), cgroup, [vcap, ...instance]);
  expect(["container.id", "cf.app.id", "cf.instance.guid"].map(read)).toEqual([hex.slice(0, 12), undefined, undefined]);
});

test("a Marathon app in a Mesos container: the executor first, then the task", () => {
  const stage = stageFor();
  const executor = ["MESOS_EXECUTOR_ID=shop_cart.6a5b7c8d", "MESOS_FRAMEWORK_ID=5a3c-0000"];
  const before = run(stage, `/mesos/${uuid}`, executor);
  expect(["mesos.task.id", "mesos.task.name", "marathon.app.id"].map(before)).toEqual([
    "shop_cart.6a5b7c8d",
    "shop_cart",
    undefined,
  ]);
  const read = run(stage, `/mesos/${uuid}`, marathon, { pid: 201, ptid: 200 });
  expect({
    task: [read("mesos.task.id"), read("mesos.task.name")],
    labels: [read("mesos.task.label[TEAM]"), read("mesos.task.label.TIER"), read("mesos.task.labels")],
    framework: [read("mesos.framework.id"), read("mesos.framework.name")],
    app: [read("marathon.app.id"), read("marathon.app.name")],
    appLabels: [read("marathon.app.label[TEAM]"), read("marathon.app.label.NONE"), read("marathon.app.labels")],
    group: [read("marathon.group.id"), read("marathon.group.name")],
    container: [read("container.id"), read("container.full_id"), read("container.type"), read("container.name")],
  }).toEqual({
    task: ["shop_cart.6a5b7c8d-0000-11ee-8000-0242ac110002", "cart.shop"],
    labels: ["checkout", "front", "TEAM:checkout, TIER:front"],
    framework: ["5a3c-0000", undefined],
    app: ["/shop/cart", "cart"],
    appLabels: ["checkout", undefined, "TEAM:checkout, TIER:front"],
    group: ["/shop", "shop"],
    container: ["a462e867-162", uuid, "mesos", "cart.shop"],
  });
});

test("in a Docker container, the task is the first process; Chronos uses lower case for the ID", () => {
  const read = run(stageFor(), `/docker/${hex}`, marathon);
  expect([read("mesos.task.name"), read("marathon.app.id"), read("container.name")]).toEqual([
    "cart.shop",
    "/shop/cart",
    undefined, // known only from Docker
  ]);
  const chronos = run(stageFor(), `/docker/${hex}`, ["mesos_task_id=ct:1:0:nightly_report:"]);
  expect([chronos("mesos.task.id"), chronos("marathon.app.id")]).toEqual(["ct:1:0:nightly_report:", undefined]);
});

test("an app at the root belongs to the root group", () => {
  const read = run(stageFor(), `/docker/${hex}`, ["MESOS_TASK_ID=cart.1", "MARATHON_APP_ID=/cart"]);
  expect([read("marathon.app.name"), read("marathon.group.id"), read("marathon.group.name")]).toEqual([
    "cart",
    "/",
    "/",
  ]);
});

test("the environment of later processes in an ordinary container is ignored", () => {
  const stage = stageFor();
  run(stage, `/docker/${hex}`, ["PATH=/bin"]);
  expect(run(stage, `/docker/${hex}`, marathon, { pid: 201 })("mesos.task.id")).toBeUndefined();
});

test("jobs of BPM and their processes have fields", () => {
  const one = run(stageFor(), "/system.slice/runit.service/bpm-uaa", []);
  expect([one("cf.job"), one("cf.job.process")]).toEqual(["uaa", "uaa"]);
  const several = run(stageFor(), "/bpm-cloud_controller_ng.2elocal_worker_1", []);
  expect([several("cf.job"), several("cf.job.process")]).toEqual(["cloud_controller_ng", "local_worker_1"]);
});

test("running workloads are found at start; a new container of the same name is read again", () => {
  const env = `${[vcap, ...instance].join("\0")}\0`;
  const inside = process(300, 100, { cgroups: `cpu=/good/${handle}\0`, env, vpid: 7, vtid: 7 });
  const stage = new Stage({}, [process(100, 1), inside]);
  const workloads = new Workloads({ read: readWorkload });
  stage.machine.watchWorkloads(workloads);
  stage.happen(EventCode.PROCINFO_E, 300, []);
  expect(workloads.get("7c1d0605-330")?.cf?.appName).toBe("cart");
  workloads.end("7c1d0605-330");
  expect(workloads.get("7c1d0605-330")?.cf?.appName).toBe("cart");
  run(stage, `/good/${handle}`, [vcap.replace('"cart"', '"new"'), ...instance], { pid: 301 });
  expect(workloads.get("7c1d0605-330")?.cf?.appName).toBe("new");
});

test("the number of known containers is limited", () => {
  const stage = stageFor();
  for (let i = 0; i < 5000; i++) {
    const own = `${String(i).padStart(8, "0")}-3303-47e2-7ada-c694`;
    run(stage, `/garden/${own}`, [vcap], { pid: 1000 + i });
  }
  expect(stage.machine.workloads?.size).toBe(4096);
});
