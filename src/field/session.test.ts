import { expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../test/stage.ts";
import { bind } from "../condition/bind.ts";
import { evaluate } from "../condition/evaluate.ts";
import { parse } from "../condition/parse.ts";
import { EventCode } from "../event/code.ts";
import type { JsonObject } from "../event/document.ts";
import { container } from "../machine/container-info.ts";
import { Creators } from "../machine/creators.ts";
import { Observed } from "../machine/observed.ts";
import { Sessions } from "../machine/sessions.ts";
import { vocabulary } from "./catalogue.ts";
import type { Value } from "./field.ts";
import { sessionFields } from "./session.ts";
import { classesOfSource } from "./sources.ts";

const POD = "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11";
const ID = "a".repeat(64);
const cgroups = `cpu=/kubepods.slice/kubepods-pod${POD.replaceAll("-", "_")}.slice/cri-containerd-${ID}.scope\0`;

/** A machine with the pod shop/web-1, whose first process is 100. */
const stage = new Stage({}, [process(50, 1), process(100, 50, { cgroups, vpid: 1, vtid: 1 })]);
const { machine } = stage;
machine.sessions = new Sessions(machine, { now: () => 0, wall: () => now() });
machine.creators = new Creators();
const labels = new Map([
  ["io.kubernetes.pod.name", "web-1"],
  ["io.kubernetes.pod.namespace", "shop"],
  ["io.kubernetes.pod.uid", POD],
]);
machine.containerTable.put(container({ fullId: ID, name: "main", labels }));
stage.happen(EventCode.CHDIR_X, 100, [0n, "/"]);

function now(): number {
  return Number(stage.time / 1_000_000n);
}

function enter(tid: number, exe: string): void {
  const named = { tid, pid: tid, ptid: 50, cgroups };
  stage.happen(EventCode.CLONE_20_X, tid, cloneValues(0, { ...named, vtid: tid, vpid: tid, flags: 0 }));
  stage.happen(EventCode.EXECVE_19_X, tid, execValues({ ...named, exe, args: "-i\0", comm: exe }));
}

function request(user: string, command: string, auditID: string): JsonObject {
  return {
    ...{ kind: "Event", auditID, stage: "ResponseStarted", verb: "get", responseStatus: { code: 101 } },
    ...{ requestURI: `/x?command=${command}&command=-i`, user: { username: user, groups: ["devs"] } },
    ...{ sourceIPs: ["203.0.113.7"], userAgent: "kubectl/v1.36.2" },
    objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "web-1" },
    requestReceivedTimestamp: new Date(now()).toISOString(),
  };
}

/** The fields of a process that have a value, by name without the prefix `k8s`. */
function fieldsOf(tid: number): Readonly<Record<string, Value>> {
  const event = new Observed(machine);
  event.thread = stage.thread(tid);
  return Object.fromEntries(
    sessionFields.flatMap(({ name, bind }) => {
      const value = bind(undefined)(event);
      return value === undefined ? [] : [[name.replace(/^k8s\./, ""), value]];
    }),
  );
}

test("a process of a session has the user who started the session, and the command", () => {
  machine.sessions?.audit(request("alice", "sh", "id-1"));
  const time = new Date(now() + 1).toISOString().slice(0, 19);
  enter(200, "sh");
  expect(fieldsOf(200)).toEqual({
    ...{ "exec.user": "alice", "exec.groups": ["devs"], "exec.source_ip": "203.0.113.7", "exec.kind": "exec" },
    ...{ "exec.user_agent": "kubectl/v1.36.2", "exec.id": "id-1", "exec.command": "sh -i" },
    "exec.time": expect.stringContaining(time),
  });
});

test("two possible users are candidates, and fields have only the values that both have in common", () => {
  machine.sessions?.audit(request("alice", "bash", "id-2"));
  machine.sessions?.audit(request("bob", "bash", "id-3"));
  enter(201, "bash");
  const { "exec.time": _, ...fields } = fieldsOf(201);
  expect(fields).toEqual({
    ...{ "exec.candidates": ["alice", "bob"], "exec.groups": ["devs"], "exec.source_ip": "203.0.113.7" },
    ...{ "exec.kind": "exec", "exec.user_agent": "kubectl/v1.36.2", "exec.command": "bash -i" },
  });
});

test("a session without a request has a command and a time; a process of the container itself has neither", () => {
  enter(202, "id");
  expect(Object.keys(fieldsOf(202))).toEqual(["exec.command", "exec.time"]);
  expect(fieldsOf(100)).toEqual({});
  expect(fieldsOf(50)).toEqual({});
});

test("text operators test the members of lists", async () => {
  const words = vocabulary({}, await classesOfSource("syscall"));
  const matches = (tid: number, condition: string): boolean => {
    const event = new Observed(machine);
    event.thread = stage.thread(tid);
    return evaluate(bind(parse(condition), words).condition, event);
  };
  expect(matches(201, "k8s.exec.candidates startswith al")).toBe(true);
  expect(matches(201, "k8s.exec.candidates startswith ev")).toBe(false);
  expect(matches(201, "k8s.exec.groups contains dev")).toBe(true);
  expect(() => bind(parse("k8smeta.svc.name contains web"), words)).not.toThrow();
});

test("a process of a pod has the creator of the pod", () => {
  machine.creators?.audit({
    ...{ kind: "Event", auditID: "id-4", stage: "ResponseComplete", verb: "create", requestURI: "/x" },
    ...{ user: { username: "carol" }, objectRef: { resource: "pods", namespace: "shop", name: "web-1" } },
    ...{ responseStatus: { code: 201 }, responseObject: { metadata: { uid: POD } } },
  });
  expect(fieldsOf(100)).toEqual({ "pod.creator": "carol" });
  expect(fieldsOf(50)).toEqual({});
});
