import { expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import type { JsonObject } from "../event/document.ts";
import { container } from "./container-info.ts";
import { execRequestsOf } from "./exec-request.ts";
import { PodTable } from "./pods.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

const POD = "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11";
const MAIN = "a".repeat(64);
const SIDE = "b".repeat(64);
const cgroup = (id: string) =>
  `cpu=/kubepods.slice/kubepods-pod${POD.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope\0`;
const SHIM = 50;

/** A machine with the pod shop/web-1. The first processes of its two containers are 100 and 110. */
class Cluster extends Stage {
  clock = 0;
  readonly sessions: Sessions;

  constructor(patience = 1000) {
    super({}, [
      process(SHIM, 1),
      process(100, SHIM, { cgroups: cgroup(MAIN), vpid: 1, vtid: 1 }),
      process(110, SHIM, { cgroups: cgroup(SIDE), vpid: 1, vtid: 1 }),
    ]);
    this.sessions = new Sessions(this.machine, { now: () => this.clock, wall: () => this.now });
    this.sessions.timeout = patience;
    this.machine.sessions = this.sessions;
    for (const [fullId, name] of [
      [MAIN, "main"],
      [SIDE, "side"],
    ] as const) {
      const labels = new Map([
        ["io.kubernetes.pod.name", "web-1"],
        ["io.kubernetes.pod.namespace", "shop"],
        ["io.kubernetes.pod.uid", POD],
        ["io.kubernetes.container.name", name],
      ]);
      const probes = [{ kind: "liveness", exe: "cat", args: ["/healthy"] }] as const;
      this.machine.containerTable.put(container({ fullId, name, labels, probes }));
    }
    this.happen(EventCode.CHDIR_X, 100, [0n, "/"]);
  }

  get now(): number {
    return Number(this.time / 1_000_000n);
  }

  /** Forks `tid` from `ptid` into the container of a cgroup. */
  fork(tid: number, ptid: number, cgroups: string, vpid = tid): void {
    const named = { tid, pid: tid, ptid, vtid: vpid, vpid, cgroups, flags: 0 };
    this.happen(EventCode.CLONE_20_X, tid, cloneValues(0, named));
  }

  exec(tid: number, ptid: number, cgroups: string, [exe = "", ...args]: readonly string[]): void {
    const named = { exe, args: args.map((arg) => `${arg}\0`).join(""), pid: tid, tid, ptid, cgroups, comm: exe };
    this.happen(EventCode.EXECVE_19_X, tid, execValues(named));
  }

  /** Starts a process in the way a runtime does for an exec. */
  enter(tid: number, command: readonly string[], id = MAIN, vpid = tid): void {
    this.fork(tid, SHIM, cgroup(id), vpid);
    this.exec(tid, SHIM, cgroup(id), command);
  }

  session(tid: number): Session | undefined {
    return this.sessions.of(this.thread(tid));
  }

  /** The users of a process, such as `alice` or `alice or bob`. Preceded by `maybe` if another user is possible. */
  user(tid: number): string | undefined {
    const { requesters = [], isCertain } = this.session(tid) ?? {};
    if (requesters.length === 0) return undefined;
    const users = [...new Set(requesters.map(({ user }) => user))].join(" or ");
    return isCertain ? users : `maybe ${users}`;
  }
}

let audits = 0;

/** An audit event of an exec, in the form in which an API server reports it. */
function audit(command: readonly string[], at: number, more: JsonObject = {}): JsonObject {
  const query = command.map((word) => `command=${encodeURIComponent(word).replaceAll("%20", "+")}`).join("&");
  return {
    kind: "Event",
    auditID: `audit-${++audits}`,
    stage: "ResponseStarted",
    verb: "create",
    requestURI: `/api/v1/namespaces/shop/pods/web-1/exec?${query}&container=main&stdin=true&stdout=true&tty=true`,
    user: { username: "alice", groups: ["devs", "system:authenticated"] },
    sourceIPs: ["203.0.113.7", "10.0.0.1"],
    userAgent: "kubectl/v1.36.2",
    objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "web-1", apiVersion: "v1" },
    responseStatus: { code: 101 },
    requestReceivedTimestamp: new Date(at).toISOString(),
    ...more,
  };
}

test("a later audit event is joined to the process and all its descendants, including orphans", () => {
  const cluster = new Cluster();
  const received = cluster.now;
  cluster.enter(200, ["sh", "-c", "echo ä +%"]);
  cluster.fork(201, 200, cgroup(MAIN));
  cluster.fork(202, 201, cgroup(MAIN));
  cluster.exec(202, 201, cgroup(MAIN), ["nc"]);
  cluster.machine.removeThread(201);
  cluster.fork(300, 100, cgroup(MAIN)); // a process that the container itself starts
  expect([cluster.user(200), cluster.user(202)]).toEqual([undefined, undefined]);
  cluster.sessions.audit(audit(["sh", "-c", "echo ä +%"], received)); // UTF-8 escapes; texts of processes are bytes
  expect(cluster.user(200)).toBeUndefined();
  const bytes = Buffer.from("echo ä +%").toString("latin1");
  cluster.enter(210, ["sh", "-c", bytes]);
  cluster.fork(211, 210, cgroup(MAIN));
  cluster.fork(212, 211, cgroup(MAIN));
  cluster.machine.removeThread(211);
  expect([210, 212, 200, 202, 300, 100].map((tid) => cluster.user(tid))).toEqual([
    "alice",
    "alice",
    ...Array(4).fill(undefined),
  ]);
  cluster.fork(213, 212, cgroup(MAIN));
  cluster.exec(213, 212, cgroup(MAIN), ["curl"]);
  expect(cluster.session(213)?.requesters).toEqual([
    {
      ...{ user: "alice", groups: ["devs", "system:authenticated"], sourceIp: "203.0.113.7", kind: "exec" },
      ...{ auditId: `audit-${audits}`, userAgent: "kubectl/v1.36.2" },
    },
  ]);
});

test("an earlier audit event waits for the process; duplicates count once", () => {
  const cluster = new Cluster();
  const started = audit(["sh"], cluster.now);
  cluster.sessions.audit(started);
  cluster.sessions.audit({ ...started, stage: "ResponseComplete" });
  cluster.enter(200, ["sh"]);
  expect([cluster.user(200), cluster.sessions.joined]).toEqual(["alice", 1]);
  cluster.enter(201, ["ls"]);
  expect([cluster.user(201), cluster.sessions.isAwaited(MAIN.slice(0, 12))]).toEqual([undefined, true]);
});

test("of two users with the same command, each gets the next process after the request", () => {
  const cluster = new Cluster();
  const first = cluster.now;
  cluster.enter(200, ["sh"]);
  cluster.time += 3_000_000_000n;
  const second = cluster.now;
  cluster.enter(201, ["sh"]);
  cluster.sessions.audit(audit(["sh"], second, { user: { username: "bob" } }));
  cluster.sessions.audit(audit(["sh"], first));
  expect([cluster.user(200), cluster.user(201)]).toEqual(["alice", "bob"]);
});

test.for([
  ["to another pod", { objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "web-2" } }],
  ["to another namespace", { objectRef: { resource: "pods", subresource: "exec", namespace: "dev", name: "web-1" } }],
  ["to another container", { requestURI: "/x?command=sh&container=side" }],
  ["with another command", { requestURI: "/x?command=sh&command=-c&container=main" }],
  ["without a command", { requestURI: "/x" }],
  ["that was denied", { stage: "ResponseComplete", responseStatus: { code: 403 } }],
  ["that is not allowed yet", { stage: "RequestReceived" }],
  ["of the past", { requestReceivedTimestamp: "2020-01-01T00:00:00.000000Z" }],
  [
    "for another subresource",
    { objectRef: { resource: "pods", subresource: "log", namespace: "shop", name: "web-1" } },
  ],
] as const)("a request %s is not joined", ([, more]) => {
  const cluster = new Cluster();
  const event = audit(["sh"], cluster.now, more);
  cluster.enter(200, ["sh"]);
  cluster.sessions.audit(event);
  expect(cluster.user(200)).toBeUndefined();
});

test("a script matches its interpreter, and a process with the requested name takes precedence", () => {
  const cluster = new Cluster();
  const at = cluster.now;
  cluster.enter(200, ["/bin/sh", "/usr/local/bin/tidy.sh", "all"]);
  cluster.sessions.audit(audit(["tidy.sh", "all"], at));
  expect(cluster.user(200)).toBe("alice");
  cluster.enter(201, ["sh", "-c", "/bin/ls"]);
  cluster.sessions.audit(audit(["/bin/ls"], cluster.now));
  expect(cluster.user(201)).toBeUndefined();
});

test("an attach with input owns the first process of the container and its children until the request ends", () => {
  const cluster = new Cluster();
  const objectRef = { resource: "pods", subresource: "attach", namespace: "shop", name: "web-1" };
  const attach = audit([], cluster.now, { objectRef, requestURI: "/x?container=main&stdin=true&tty=true" });
  cluster.sessions.audit({ ...attach, auditID: "looks", requestURI: "/x?container=main&stdout=true" });
  expect(cluster.user(100)).toBeUndefined();
  cluster.sessions.audit(attach);
  cluster.fork(201, 100, cgroup(MAIN));
  expect([cluster.user(100), cluster.user(201), cluster.user(110)]).toEqual(["alice", "alice", undefined]);
  cluster.sessions.audit({ ...attach, stage: "ResponseComplete" });
  cluster.fork(202, 100, cgroup(MAIN));
  expect([cluster.user(100), cluster.user(201), cluster.user(202)]).toEqual([undefined, "alice", undefined]);
});

test("an ephemeral container belongs to the user who added it", () => {
  const cluster = new Cluster();
  const fullId = "d".repeat(64);
  const objectRef = { resource: "pods", subresource: "ephemeralcontainers", namespace: "shop", name: "web-1" };
  const requestObject = { spec: { ephemeralContainers: [{ name: "debugger-x", image: "busybox" }] } };
  cluster.sessions.audit(
    audit([], cluster.now, { objectRef, verb: "patch", requestObject, responseStatus: { code: 200 } }),
  );
  const labels = new Map([
    ["io.kubernetes.pod.name", "web-1"],
    ["io.kubernetes.pod.namespace", "shop"],
    ["io.kubernetes.container.name", "debugger-x"],
  ]);
  cluster.machine.containerTable.put(container({ fullId, name: "debugger-x", labels }));
  cluster.enter(200, ["sh"], fullId, 1);
  cluster.fork(201, 200, cgroup(fullId));
  expect([cluster.user(200), cluster.user(201)]).toEqual(["alice", "alice"]);
  expect(cluster.session(200)?.requesters[0]?.kind).toBe("debug");
});

test("events of a container wait for the audit event until the timeout", () => {
  const cluster = new Cluster(1000);
  const id = MAIN.slice(0, 12);
  const at = cluster.now;
  cluster.enter(200, ["sh"]);
  expect([cluster.sessions.isAwaited(id), cluster.sessions.isAwaited(SIDE.slice(0, 12))]).toEqual([true, false]);
  cluster.sessions.audit(audit(["sh"], at));
  expect(cluster.sessions.isAwaited(id)).toBe(false);
  cluster.enter(201, ["bash"]);
  cluster.clock = 999;
  expect(cluster.sessions.isAwaited(id)).toBe(true);
  cluster.clock = 1000;
  expect(cluster.sessions.isAwaited(id)).toBe(false);
  cluster.enter(202, ["cat", "/healthy"]); // a probe
  cluster.exec(100, SHIM, cgroup(MAIN), ["web"]); // the first process of the container
  expect(cluster.sessions.isAwaited(id)).toBe(false);
  const impatient = new Cluster(0);
  impatient.enter(200, ["sh"]);
  expect(impatient.sessions.isAwaited(id)).toBe(false);
});

test("a process in an ephemeral container waits too, if the API server reports the container", () => {
  const cluster = new Cluster();
  const pods = new PodTable();
  const fullId = "d".repeat(64);
  const id = fullId.slice(0, 12);
  cluster.machine.watchPods(pods);
  pods.put({
    ...{ name: "web-1", uid: POD, cgroupUid: POD, labels: new Map(), namespace: "shop", ip: "", node: "n1" },
    ...{ serviceAccount: "", probes: new Map(), added: new Set(["debugger-x"]) },
    containers: [container({ fullId, name: "debugger-x" })],
  });
  cluster.enter(200, ["sh"], fullId, 1);
  expect(cluster.sessions.isAwaited(id)).toBe(true);
  const objectRef = { resource: "pods", subresource: "ephemeralcontainers", namespace: "shop", name: "web-1" };
  const requestObject = { spec: { ephemeralContainers: [{ name: "debugger-x" }] } };
  cluster.sessions.audit(audit([], cluster.now, { objectRef, verb: "patch", requestObject }));
  expect([cluster.sessions.isAwaited(id), cluster.user(200)]).toEqual([false, "alice"]);
});

const bob = { user: { username: "bob" } };

test("if two users start the same command at the same time, both are possible", () => {
  const cluster = new Cluster();
  const at = cluster.now;
  cluster.enter(200, ["sh"]);
  cluster.enter(201, ["sh"]);
  cluster.sessions.audit(audit(["sh"], at));
  expect(cluster.user(200)).toBe("maybe alice");
  cluster.sessions.audit(audit(["sh"], at + 100, bob));
  expect([cluster.user(200), cluster.user(201)]).toEqual(["alice or bob", "alice or bob"]);
  expect(cluster.sessions.isAwaited(MAIN.slice(0, 12))).toBe(false);
});

test("two users at the same time are distinguished by their commands", () => {
  const cluster = new Cluster();
  const at = cluster.now;
  cluster.enter(200, ["sh"]);
  cluster.enter(201, ["sh", "-i"]);
  cluster.sessions.audit(audit(["sh", "-i"], at, bob));
  cluster.sessions.audit(audit(["sh"], at));
  expect([cluster.user(200), cluster.user(201)]).toEqual(["alice", "bob"]);
});

test("a process that a runtime starts without a request makes the attribution uncertain", () => {
  const cluster = new Cluster();
  cluster.enter(200, ["sh"]); // as crictl exec on the node does
  cluster.enter(201, ["sh"]);
  cluster.sessions.audit(audit(["sh"], cluster.now));
  expect([cluster.user(200), cluster.user(201)]).toEqual(["maybe alice", "maybe alice"]);
});

test("a user cannot hide behind the audit id of another request", () => {
  const cluster = new Cluster();
  const first = audit(["sh"], cluster.now);
  cluster.sessions.audit(first);
  cluster.enter(200, ["sh"]);
  cluster.time += 10_000_000_000n;
  cluster.sessions.audit(audit(["sh"], cluster.now, { ...bob, auditID: first.auditID ?? "" }));
  cluster.enter(201, ["sh"]);
  expect([cluster.user(200), cluster.user(201)]).toEqual(["alice", "bob"]);
});

test("processes are attributed even if the clock of the API server is ahead, if its events show this", () => {
  const cluster = new Cluster();
  cluster.enter(200, ["sh"]);
  cluster.time += 8_000_000_000n;
  cluster.sessions.audit(audit(["sh"], cluster.now));
  expect(cluster.user(200)).toBeUndefined();
  const ahead = cluster.now + 8000;
  cluster.enter(201, ["id"]);
  cluster.sessions.audit(audit(["id"], ahead, { stageTimestamp: new Date(ahead).toISOString() }));
  expect(cluster.user(201)).toBe("alice");
});

test("a request to an earlier pod of the same name is not joined", () => {
  const cluster = new Cluster();
  const pods = new PodTable();
  cluster.machine.watchPods(pods);
  const pod = {
    ...{ name: "web-1", uid: POD, cgroupUid: POD, labels: new Map(), namespace: "shop", ip: "", node: "n1" },
    ...{ serviceAccount: "", probes: new Map(), added: new Set<string>(), containers: [] },
  };
  pods.put({ ...pod, created: cluster.now });
  cluster.sessions.audit(audit(["sh"], cluster.now - 500));
  cluster.enter(200, ["sh"]);
  expect(cluster.user(200)).toBeUndefined();
  cluster.sessions.audit(audit(["sh"], cluster.now, bob));
  expect(cluster.user(200)).toBe("bob");
  const other = { metadata: { uid: "11111111-2222-3333-4444-555555555555" } };
  const objectRef = { resource: "pods", subresource: "exec", namespace: "shop", name: "web-1" };
  cluster.sessions.audit(audit(["id"], cluster.now, { objectRef, responseObject: other }));
  cluster.enter(201, ["id"]);
  expect(cluster.user(201)).toBeUndefined();
});

test("labels that name a pod other than the pod of the cgroup are ignored", () => {
  const cluster = new Cluster();
  const fullId = "e".repeat(64);
  const labels = new Map([
    ["io.kubernetes.pod.name", "web-1"],
    ["io.kubernetes.pod.namespace", "shop"],
    ["io.kubernetes.pod.uid", "11111111-2222-3333-4444-555555555555"],
  ]);
  cluster.machine.containerTable.put(container({ fullId, name: "forged", labels }));
  cluster.sessions.audit(audit(["sh"], cluster.now, { requestURI: "/x?command=sh" }));
  cluster.enter(200, ["sh"], fullId);
  expect(cluster.user(200)).toBeUndefined();
});

test("during two simultaneous attaches, both users are possible", () => {
  const cluster = new Cluster();
  const objectRef = { resource: "pods", subresource: "attach", namespace: "shop", name: "web-1" };
  const more = { objectRef, requestURI: "/x?container=main&stdin=true" };
  const [first, second] = [audit([], cluster.now, more), audit([], cluster.now, { ...more, ...bob })];
  cluster.sessions.audit(first);
  cluster.sessions.audit(second);
  cluster.fork(201, 100, cgroup(MAIN));
  cluster.sessions.audit({ ...first, stage: "ResponseComplete" });
  cluster.fork(202, 100, cgroup(MAIN));
  cluster.sessions.audit({ ...second, stage: "ResponseComplete" });
  cluster.fork(203, 100, cgroup(MAIN));
  expect([201, 202, 203].map((tid) => cluster.user(tid))).toEqual(["alice or bob", "bob", undefined]);
});

test("the end of a long session is not another exec request", () => {
  const cluster = new Cluster();
  const began = cluster.now;
  const event = audit(["sh"], began);
  cluster.time += 3600_000_000_000n;
  cluster.sessions.audit({ ...event, stage: "ResponseComplete", stageTimestamp: new Date(cluster.now).toISOString() });
  cluster.enter(200, ["sh"]);
  cluster.clock = 60_001;
  cluster.sessions.audit(audit(["other"], cluster.now));
  expect([cluster.user(200), cluster.sessions.unmatched]).toEqual([undefined, 0]);
});

test("an ephemeral container of a truncated event belongs to the user who added it", () => {
  const cluster = new Cluster();
  const pods = new PodTable();
  const fullId = "d".repeat(64);
  cluster.machine.watchPods(pods);
  pods.put({
    ...{ name: "web-1", uid: POD, cgroupUid: POD, labels: new Map(), namespace: "shop", ip: "", node: "n1" },
    ...{ serviceAccount: "", probes: new Map(), added: new Set(["debugger-x"]) },
    containers: [container({ fullId, name: "debugger-x" })],
  });
  cluster.exec(110, SHIM, cgroup(SIDE), ["web"]);
  const objectRef = { resource: "pods", subresource: "ephemeralcontainers", namespace: "shop", name: "web-1" };
  cluster.sessions.audit(audit([], cluster.now, { objectRef, verb: "patch" }));
  cluster.time += 120_000_000_000n; // while the image is pulled
  cluster.clock = 120_000;
  cluster.enter(200, ["sh"], fullId, 1);
  expect([cluster.user(200), cluster.user(110)]).toEqual(["alice", undefined]);
});

test("sessions are dropped after a minute, and their users remain known", () => {
  const cluster = new Cluster();
  const at = cluster.now;
  cluster.enter(200, ["sh"]);
  cluster.enter(201, ["id"]);
  cluster.sessions.audit(audit(["id"], at));
  cluster.clock = 60_001;
  cluster.sessions.audit(audit(["sh"], at));
  cluster.clock += 60_001;
  cluster.sessions.audit(audit(["other"], at));
  expect([cluster.user(200), cluster.user(201), cluster.sessions.unmatched]).toEqual([undefined, "alice", 1]);
});

test("a flood of requests displaces only requests of its own user and namespace, and is bounded", () => {
  const cluster = new Cluster();
  const at = cluster.now;
  cluster.sessions.audit(audit(["sh"], at));
  const mallory = { user: { username: "mallory" } };
  for (let i = 0; i < 200; i++) cluster.sessions.audit(audit([`x${i}`], at, mallory));
  for (let i = 0; i < 10_000; i++) {
    const objectRef = { resource: "pods", subresource: "exec", namespace: "dev", name: `p${i}` };
    cluster.sessions.audit(audit(["sh"], at, { ...mallory, objectRef }));
  }
  cluster.enter(200, ["sh"]);
  expect(cluster.user(200)).toBe("alice");
  for (let i = 0; i < 500; i++) cluster.enter(1000 + i, [`y${i}`]);
  const { recent, execRequests } = cluster.sessions as unknown as {
    readonly recent: ReadonlyMap<string, readonly unknown[]>;
    readonly execRequests: { readonly size: number };
  };
  expect(recent.get(MAIN.slice(0, 12))?.length).toBe(64);
  expect(execRequests.size).toBeLessThanOrEqual(1024);
});

test("malformed audit events cause no error", () => {
  const odd = [null, 7, "x", [], {}, [null], { a: 1 }, true];
  const base = audit(["sh"], 0);
  for (const key of Object.keys(base)) for (const value of odd) execRequestsOf({ ...base, [key]: value });
  const objectRef = { resource: "pods", subresource: "__proto__", name: "web-1" };
  expect(execRequestsOf({ ...base, objectRef })).toEqual([]);
  expect(execRequestsOf([])).toEqual([]);
  expect(execRequestsOf({ ...base, requestURI: "/x?command=%zz%4&command=&command&=&&%" })[0]?.command).toEqual([
    "",
    "",
  ]);
});
