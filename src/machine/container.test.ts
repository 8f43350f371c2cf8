import { expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { containerFields } from "../field/container.ts";
import { type Container, container } from "./container-info.ts";

const EXIT = [0, 0, 0, 0, 0];

/** Creates a machine and a list of the starts and ends of its containers. */
function stageWith(...threads: Parameters<typeof process>[]): [Stage, string[]] {
  const stage = new Stage({ isAlive: () => true }, [process(1, 0), ...threads.map((args) => process(...args))]);
  const news: string[] = [];
  const text = ({ id, type, name }: Container): string => `${id} ${type} ${name}`.trim();
  stage.machine.containerTable.follow({
    started: (container) => news.push(`started ${text(container)}`),
    ended: (container) => news.push(`ended ${text(container)}`),
  });
  return [stage, news];
}

const runs = (stage: Stage, tid: number, cgroup: string) =>
  stage.happen(EventCode.EXECVE_19_X, tid, execValues({ pid: tid, tid, ptid: 1, cgroups: `cpu=${cgroup}\0` }));

const ofThread = (cgroup: string, init = false) =>
  ({ cgroups: `cpu=${cgroup}\0`, ...(init && { vpid: 1, vtid: 1 }) }) as const;

test.each([
  ["/lxc.payload.web", "web", "lxc"],
  ["/lxc/web/ns/system.slice/ssh.service", "web", "lxc"],
  ["/machine.slice/machine-lxc\\x2d7\\x2dweb.scope/libvirt", "7\\x2dweb", "libvirt-lxc"],
  ["/machine.slice/machine-lxc\\x2d7\\x2dweb.scope/libvirt/init.scope", "7\\x2dweb", "libvirt-lxc"],
  ["/web.libvirt-lxc", "web", "libvirt-lxc"],
  ["/machine.slice/machine-web.scope/payload", "web", "systemd-nspawn"],
  ["/bpm-router", "router", "bpm"],
])("a process in %s has the container's id and type, and no names", (cgroup, id, type) => {
  const [stage, news] = stageWith();
  const event = runs(stage, 50, cgroup);
  const value = (name: string) => containerFields.find((field) => field.name === name)?.bind(undefined)(event);
  expect([value("container.id"), value("container.full_id"), value("container.type")]).toEqual([id, id, type]);
  expect([value("container.name"), value("container.image.repository")]).toEqual([undefined, undefined]);
  expect(news).toEqual([`started ${id} ${type}`]); // there is no runtime that describes the container
});

test("a container without a runtime starts once and ends with its first process; a restart is another start", () => {
  const cgroup = "/lxc.payload.web";
  const [stage, news] = stageWith([60, 1, ofThread(cgroup, true)]);
  runs(stage, 70, cgroup);
  stage.happen(EventCode.PROCEXIT_1_E, 70, EXIT);
  expect(news).toEqual(["started web lxc"]);
  stage.happen(EventCode.PROCEXIT_1_E, 60, EXIT);
  expect(news).toEqual(["started web lxc", "ended web lxc"]);
  runs(stage, 80, cgroup);
  expect(news.slice(2)).toEqual(["started web lxc"]);
});

test("a container does not end with the first process of a process namespace within it", () => {
  const cgroup = "/lxc.payload.web";
  const [stage, news] = stageWith([60, 1, ofThread(cgroup, true)], [61, 60, ofThread(cgroup, true)]);
  stage.happen(EventCode.SETSID_X, 1, [1]);
  stage.happen(EventCode.PROCEXIT_1_E, 61, EXIT);
  expect(news).toEqual(["started web lxc"]);
  stage.happen(EventCode.PROCEXIT_1_E, 60, EXIT);
  expect(news).toEqual(["started web lxc", "ended web lxc"]);
});

test.each([
  ["its first process is in the PID namespace of the machine", [60, 1, ofThread("/lxc.payload.web")]],
  ["its first process is unknown", [60, 1, { ...ofThread("/lxc.payload.web"), vpid: 50, vtid: 50 }]],
] as const)("a container does not end with the first process of a PID namespace within it if %s", (_what, member) => {
  const cgroup = "/lxc.payload.web";
  const [stage, news] = stageWith([...member], [61, 60, ofThread(cgroup, true)]);
  runs(stage, 60, cgroup);
  stage.happen(EventCode.PROCEXIT_1_E, 61, EXIT);
  expect(news).toEqual(["started web lxc"]);
});

test("the monitor of a libvirt container is not its first process", () => {
  const cgroup = "/machine.slice/machine-lxc\\x2d7\\x2dweb.scope/libvirt";
  const [stage, news] = stageWith([60, 1, ofThread(cgroup)], [61, 60, ofThread(cgroup, true)]);
  stage.happen(EventCode.SETSID_X, 1, [1]);
  stage.happen(EventCode.PROCEXIT_1_E, 61, EXIT);
  expect(news.at(-1)).toBe("ended 7\\x2dweb libvirt-lxc");
});

test("a rule that is loaded later receives the starts of running containers without a runtime", () => {
  const [stage, news] = stageWith([60, 1, ofThread("/lxc/web", true)]);
  const { containerTable } = stage.machine;
  stage.happen(EventCode.SETSID_X, 1, [1]);
  containerTable.follow(undefined);
  containerTable.follow({ started: ({ id }) => news.push(id), ended() {} });
  expect(news).toEqual(["started web lxc", "web"]);
});

const hex = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";
const manager = "/user.slice/user-1000.slice/user@1000.service";
const ofRoot = `/system.slice/docker-${hex}.scope`;
const ofUser = `${manager}/app.slice/docker-${hex}.scope`;
const idIn = (stage: Stage, tid: number): string => stage.thread(tid).containerId;

test("a process in a user's cgroup with the name of a container of root belongs to the host", () => {
  const [stage] = stageWith([50, 1, ofThread(ofRoot, true)]);
  runs(stage, 60, ofUser);
  expect([idIn(stage, 50), idIn(stage, 60)]).toEqual([hex.slice(0, 12), ""]);
  // Containers can have users with service managers inside.
  runs(stage, 51, `${ofRoot}${manager}/app.slice/a.scope`);
  expect(idIn(stage, 51)).toBe(hex.slice(0, 12));
});

test("a process in a user's cgroup belongs to the host once the container of root is known", () => {
  const [stage] = stageWith([50, 1, ofThread(ofUser)]);
  runs(stage, 60, ofUser);
  expect(idIn(stage, 60)).toBe(hex.slice(0, 12));
  runs(stage, 70, ofRoot);
  expect([50, 60, 70].map((tid) => idIn(stage, tid))).toEqual(["", "", hex.slice(0, 12)]);
  const [other] = stageWith();
  runs(other, 60, ofUser);
  other.machine.containerTable.put(container({ fullId: hex, type: "docker", name: "web" }));
  expect(idIn(other, 60)).toBe("");
});

test("a rootless container has metadata from its user's runtime, which cannot describe containers of root", () => {
  const [stage] = stageWith();
  const { containerTable } = stage.machine;
  runs(stage, 60, ofUser);
  containerTable.put(container({ fullId: hex, type: "podman", name: "own", owner: 1000 }));
  runs(stage, 61, ofUser);
  runs(stage, 62, ofUser.replaceAll("1000", "1001"));
  expect([60, 61, 62].map((tid) => idIn(stage, tid))).toEqual([hex.slice(0, 12), hex.slice(0, 12), ""]);
  containerTable.put(container({ fullId: hex, type: "docker", name: "web" }));
  containerTable.put(container({ fullId: hex, type: "podman", name: "own", owner: 1000 }));
  expect(containerTable.get(hex.slice(0, 12))?.name).toBe("web");
});

const deep = `${manager}${"/d".repeat(20)}/docker-${hex}.scope`;
/** The path of the cgroup `deep` in events. */
const cut = `/${"/d".repeat(15)}/docker-${hex}.scope`;

/** Creates a machine with a container of root, and a shell of a user. Lookups find threads in these cgroups. */
function stageWithDeep(found: Readonly<Record<number, string>>): Stage {
  const lookup = (tid: number) =>
    found[tid] === undefined ? undefined : { thread: process(tid, 1, ofThread(found[tid])), descriptors: [] };
  const threads = [
    process(1, 0),
    process(50, 1, ofThread(ofRoot, true)),
    process(51, 1, ofThread(`${manager}/a.scope`)),
  ];
  return new Stage({ isAlive: () => true, lookup }, threads);
}

test("a cgroup whose path is recorded without its beginning is read from the machine", () => {
  const stage = stageWithDeep({ 60: deep, 61: `${ofRoot}${"/d".repeat(20)}` });
  runs(stage, 60, cut);
  runs(stage, 61, "//d/d/d");
  expect([60, 61].map((tid) => idIn(stage, tid))).toEqual(["", hex.slice(0, 12)]);
  expect(stage.thread(60).cgroups).toEqual([["cpu", deep]]);
});

test("if the process has exited, it stays in its cgroup or in the cgroup of its parent", () => {
  const stage = stageWithDeep({});
  const start = (tid: number, ptid: number, cgroup: string) =>
    stage.happen(
      EventCode.CLONE_20_X,
      tid,
      cloneValues(0, { tid, pid: tid, ptid, vtid: tid, vpid: tid, cgroups: `cpu=${cgroup}\0` }),
    );
  start(60, 51, cut);
  start(61, 50, "//d/d/d");
  expect([60, 61].map((tid) => idIn(stage, tid))).toEqual(["", hex.slice(0, 12)]);
  runs(stage, 60, cut);
  runs(stage, 61, "//d/d/d");
  expect([60, 61].map((tid) => idIn(stage, tid))).toEqual(["", hex.slice(0, 12)]);
});

test("in a capture, a process in a user's cgroup belongs to the named container, as in Falco", () => {
  const stage = new Stage({}, [process(1, 0), process(50, 1, ofThread(ofRoot, true))]);
  for (const [tid, cgroup] of [[60, ofUser] as const, [61, cut] as const]) {
    runs(stage, tid, cgroup);
    expect(idIn(stage, tid)).toBe(hex.slice(0, 12));
  }
});
