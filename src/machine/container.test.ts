import { expect, test } from "vitest";
import { execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { containerFields } from "../field/container.ts";
import type { Container } from "./container-info.ts";

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

test("a container without a runtime starts once and ends with its first process; a restart is another one", () => {
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

test("a rule that is loaded later hears of running containers without a runtime", () => {
  const [stage, news] = stageWith([60, 1, ofThread("/lxc/web", true)]);
  const { containerTable } = stage.machine;
  stage.happen(EventCode.SETSID_X, 1, [1]);
  containerTable.follow(undefined);
  containerTable.follow({ started: ({ id }) => news.push(id), ended() {} });
  expect(news).toEqual(["started web lxc", "web"]);
});
