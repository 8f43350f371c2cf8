import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../../test/stage.ts";
import type { RuleAlert } from "../../alert/alert.ts";
import { EventCode } from "../../event/code.ts";
import { container } from "../../machine/container-info.ts";
import { Sessions } from "../../machine/sessions.ts";
import { load } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-joined-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rules = join(folder, "rules.yaml");
writeFileSync(
  rules,
  `- rule: Directory changed
  desc: A rule that names no pod
  condition: evt.type = chdir
  output: Changed by %proc.name
  priority: NOTICE
- rule: Request
  desc: A rule that names no user
  source: k8s_audit
  condition: ka.verb exists
  output: Request
  priority: NOTICE
`,
);
const AUDIT = "sources.k8s_audit.from=http://127.0.0.1:9765/k8s-audit";

const ID = "a".repeat(64);
const cgroups = `cpu=/kubepods/burstable/pod0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11/${ID}\0`;

/** A pod in which alice started a shell (process 200). Process 100 is the first process of the pod. */
function openPod(): Stage {
  const stage = new Stage({}, [process(50, 1), process(100, 50, { cgroups, vpid: 1, vtid: 1 })]);
  const { machine } = stage;
  const now = (): number => Number(stage.time / 1_000_000n);
  machine.sessions = new Sessions(machine, { now: () => 0, wall: now });
  const labels = new Map([
    ["io.kubernetes.pod.name", "web-1"],
    ["io.kubernetes.pod.namespace", "shop"],
  ]);
  machine.containerTable.put(container({ fullId: ID, name: "main", digest: "sha256:ab", labels }));
  stage.happen(EventCode.CHDIR_X, 100, [0n, "/"]);
  machine.sessions.audit({
    ...{ auditID: "id-1", stage: "ResponseStarted", verb: "get", requestURI: "/x?command=sh" },
    ...{ user: { username: "alice" }, requestReceivedTimestamp: new Date(now()).toISOString() },
    objectRef: { resource: "pods", subresource: "exec", namespace: "shop", name: "web-1" },
  });
  const named = { tid: 200, pid: 200, ptid: 50, cgroups };
  stage.happen(EventCode.CLONE_20_X, 200, cloneValues(0, { ...named, vtid: 7, vpid: 7, flags: 0 }));
  stage.happen(EventCode.EXECVE_19_X, 200, execValues({ ...named, exe: "sh", args: "", comm: "sh" }));
  return stage;
}

function fieldsOf({ parts: { names, values } }: RuleAlert): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name, i) => [name, JSON.parse(values[i] ?? "null")]));
}

test("with audit events, alerts of processes in pods contain pod, image and user, regardless of the fields in the rule", async () => {
  const loaded = await load({ rules: [rules], option: [AUDIT] });
  expect([loaded.rules.wantsSessions, loaded.rules.wantsContainers]).toEqual([true, true]);
  const stage = openPod();
  const ofProcess = fieldsOf(loaded.rules.raise(0, stage.happen(EventCode.CHDIR_X, 200, [0n, "/"])));
  expect(ofProcess).toMatchObject({
    ...{ "k8s.exec.user": "alice", "k8s.exec.id": "id-1", "k8s.exec.kind": "exec", "k8s.exec.command": "sh" },
    ...{ "k8s.pod.name": "web-1", "k8s.ns.name": "shop", "container.image.digest": "sha256:ab" },
  });
  const ofFirst = fieldsOf(loaded.rules.raise(0, stage.happen(EventCode.CHDIR_X, 100, [0n, "/"])));
  expect(Object.keys(ofFirst).filter((name) => name.startsWith("k8s.exec."))).toEqual([]);
  const ofHost = fieldsOf(loaded.rules.raise(0, stage.happen(EventCode.CHDIR_X, 50, [0n, "/"])));
  expect(Object.keys(ofHost)).toEqual(["evt.time", "proc.name"]);
});

test("alerts of requests contain the audit ID of the request and the pod of its token", async () => {
  const loaded = await load({ rules: [rules], option: [AUDIT] });
  const event = openPod().happen(EventCode.CHDIR_X, 50, [0n, "/"]);
  const extra = { "authentication.kubernetes.io/pod-name": ["job-7"] };
  event.document = { auditID: "id-2", verb: "get", user: { username: "system:serviceaccount:shop:robot", extra } };
  expect(fieldsOf(loaded.rules.of("k8s_audit").raise(0, event))).toMatchObject({
    ...{ "ka.auditid": "id-2", "ka.user.pod.name": "job-7", "ka.user.pod.namespace": "shop" },
  });
});

test("on a node of a cluster without audit events, alerts contain command and pod, to be joined with events of another machine", async () => {
  const loaded = await load({ rules: [rules], option: ["kubernetes.kubeconfig=/etc/eyas/kubeconfig"] });
  expect(loaded.rules.wantsSessions).toBe(true);
  const stage = openPod();
  const fields = fieldsOf(loaded.rules.raise(0, stage.happen(EventCode.CHDIR_X, 200, [0n, "/"])));
  expect(fields).toMatchObject({ "k8s.exec.command": "sh", "k8s.pod.name": "web-1" });
  const off = await load({
    rules: [rules],
    option: ["kubernetes.kubeconfig=/etc/eyas/kubeconfig", "kubernetes.enabled=false"],
  });
  expect(off.rules.wantsSessions).toBe(false);
});

test("without audit events, alerts have only the fields of the rule", async () => {
  const loaded = await load({ rules: [rules] });
  expect(loaded.rules.wantsSessions).toBe(false);
  const stage = openPod();
  const fields = fieldsOf(loaded.rules.raise(0, stage.happen(EventCode.CHDIR_X, 200, [0n, "/"])));
  expect(Object.keys(fields)).toEqual(["evt.time", "proc.name"]);
});
