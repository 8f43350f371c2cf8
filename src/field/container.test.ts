import { expect, test } from "vitest";
import { container } from "../machine/container-info.ts";
import { containerFromJson } from "../machine/container-json.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { Thread } from "../machine/thread.ts";
import { findField } from "./catalogue.ts";

const SHORT = "da57e28861c3";
const SANDBOX = "5a".repeat(32);

const web = container({
  fullId: `${SHORT}${"0".repeat(52)}`,
  type: "docker",
  name: "web",
  image: "registry.local:5000/acme/web:1.37",
  repository: "registry.local:5000/acme/web",
  tag: "1.37",
  privileged: true,
  mounts: [
    { source: "/etc", destination: "/host/etc", mode: "ro", writable: false, propagation: "rprivate" },
    { source: "/var/run/docker.sock", destination: "/docker.sock", mode: "", writable: true, propagation: "" },
  ],
  labels: new Map([
    ["tier", "front"],
    ["alone", ""],
    ["io.kubernetes.pod.name", "web-1"],
    ["io.kubernetes.pod.namespace", "shop"],
    ["app.kubernetes.io/name", "web"],
  ]),
  probes: [{ kind: "healthcheck", exe: "/bin/sh", args: ["-c", "wget -q localhost"] }],
  sandboxId: SANDBOX,
});

const machine = new Machine();
machine.containerTable.put(web);
machine.containerTable.put(
  container({ fullId: SANDBOX, ip: "10.0.0.7", sandboxLabels: new Map([["app", "shop"]]), isSandbox: true }),
);

function threadIn(id: string, facts: Partial<Thread> = {}): Thread {
  const thread = Object.assign(new Thread(facts.tid ?? 50), { pid: facts.tid ?? 50, ptid: 1, containerId: id }, facts);
  machine.threads.addLinked(thread);
  return thread;
}

function read(text: string, thread: Thread = threadIn(SHORT)): unknown {
  const use = findField(text);
  if (use === undefined) throw new Error(`no field ${text}`);
  const event = new Observed(machine);
  event.thread = thread;
  return use.field.bind(use.argument)(event);
}

test.each([
  ["container.name", "web"],
  ["container.image", "registry.local:5000/acme/web:1.37"],
  ["container.image.repository", "registry.local:5000/acme/web"],
  ["container.privileged", true],
  ["container.image.digest", ""],
  ["container.mounts", "/etc:/host/etc:ro:false:rprivate,/var/run/docker.sock:/docker.sock::true:"],
  ["container.mount[0]", "/etc:/host/etc:ro:false:rprivate"],
  ["container.mount[/var/run/*.sock]", "/var/run/docker.sock:/docker.sock::true:"],
  ["container.mount[/et]", undefined],
  ["container.mount.source[/host/*]", "/etc"],
  ["container.mount.dest[/etc]", "/host/etc"],
  ["container.mount.rdwr[1]", "true"],
  ["container.mount.mode[7]", undefined],
  ["container.label[tier]", "front"],
  ["container.label.app.kubernetes.io/name", "web"],
  ["container.label[none]", undefined],
  ["container.labels", "alone, app.kubernetes.io/name:web, tier:front"],
  ["container.healthcheck", "/bin/sh -c wget -q localhost"],
  ["k8s.pod.name", "web-1"],
  ["k8s.ns.name", "shop"],
  ["k8s.pod.uid", undefined],
  ["k8s.pod.sandbox_id", "5a5a5a5a5a5a"],
  ["k8s.pod.label[app]", "shop"],
  ["k8s.pod.label.app", "shop"],
  ["k8s.pod.labels", "app:shop"],
  ["k8s.pod.ip", "10.0.0.7"],
])("%s", (field, value) => {
  expect(read(field)).toEqual(value);
});

test("an unknown container has only an ID; the host has no image and no pod", () => {
  const unknown = threadIn("ffffffffffff");
  const host = threadIn("");
  expect(["container.id", "container.name"].map((each) => read(each, unknown))).toEqual(["ffffffffffff", undefined]);
  expect(["container.id", "container.name"].map((each) => read(each, host))).toEqual(["host", "host"]);
  expect(["container.image", "k8s.pod.name"].map((each) => read(each, host))).toEqual(["", undefined]);
});

test("values that no runtime provides are taken from the cgroup", () => {
  const uid = "ad9e12b3-8347-4bce-b285-218ad0dc5337";
  const inPod = threadIn("aaaaaaaaaaaa", { cgroups: [["cpu", `/kubepods/pod${uid}/crio-${"a".repeat(64)}`]] });
  const fields = ["container.full_id", "container.type", "k8s.pod.uid", "k8s.pod.id", "k8s.pod.name"];
  expect(fields.map((each) => read(each, inPod))).toEqual(["a".repeat(64), "cri-o", uid, uid, undefined]);
  expect(fields.map((each) => read(each, threadIn("")))).toEqual(["host", "host", undefined, undefined, undefined]);
});

test("a process started from outside with the command of a probe is a probe process, as are its descendants", () => {
  const probe = threadIn(SHORT, { tid: 60, vpid: 20, exe: "/bin/sh", args: ["-c", "wget -q localhost"] });
  const child = threadIn(SHORT, { tid: 61, ptid: 60, vpid: 21, exe: "wget" });
  const init = threadIn(SHORT, { tid: 70, vpid: 1, exe: "/bin/init" });
  const alike = threadIn(SHORT, { tid: 71, ptid: 70, vpid: 9, exe: "/bin/sh", args: ["-c", "wget -q localhost"] });
  const other = threadIn(SHORT, { tid: 72, vpid: 22, exe: "/bin/sh", args: ["-c", "id"] });
  const answers = [probe, child, init, alike, other].map((thread) => read("proc.is_container_healthcheck", thread));
  expect(answers).toEqual([true, true, false, false, false]);
  expect(read("proc.is_container_liveness_probe", probe)).toBe(false);
});

test("captures describe containers in JSON", () => {
  const container = containerFromJson({
    container: {
      type: 0,
      id: SHORT,
      full_id: web.fullId,
      name: "web",
      imagerepo: "acme/web",
      labels: { a: "b", c: 1 },
    },
  });
  expect(container).toMatchObject({ id: SHORT, type: "docker", name: "web", repository: "acme/web" });
  expect([...(container?.labels ?? [])]).toEqual([["a", "b"]]);
  expect(containerFromJson({ container: {} })).toBeUndefined();
  expect(containerFromJson(null)).toBeUndefined();
});
