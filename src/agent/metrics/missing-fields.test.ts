import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { process, Stage } from "../../../test/stage.ts";
import { loadConfig } from "../../config/load.ts";
import { EventCode } from "../../event/code.ts";
import { container } from "../../machine/container-info.ts";
import { type Pod, PodTable } from "../../machine/pods.ts";
import { Thread } from "../../machine/thread.ts";
import { readyRules } from "../load/ready-rules.ts";
import { missingFieldCounter } from "./missing-fields.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-missing-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fields = ["container.id", "container.name", "k8s.pod.name", "k8s.deployment.name", "k8smeta.ns.name"];
const rules = join(folder, "rules.yaml");
writeFileSync(
  rules,
  `- rule: any\n  desc: any\n  condition: evt.type = chdir\n  output: "${fields.map((name) => `%${name}`).join(" ")} %proc.name %k8s.exec.user %cf.app.name"\n  priority: NOTICE\n`,
);
const { config } = await loadConfig(undefined);
const { ruleset, raise } = await readyRules([rules], config, "all", "here");

const ID = "e".repeat(64);
const UID = "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11";
const inPod = `cpu=/kubepods/burstable/pod${UID}/${ID}\0`;
const inDocker = `cpu=/docker/${ID}\0`;

/** Counts of missing fields for an alert about a process in a cgroup. */
function missingOf(cgroups: string, prepare: (stage: Stage) => void = () => {}): Record<string, string> {
  const stage = new Stage({}, [process(100, 1), process(200, 100, { cgroups })]);
  prepare(stage);
  const event = stage.happen(EventCode.CHDIR_X, 200, [0n, "/"]);
  const [rule] = ruleset.match(event);
  const counter = missingFieldCounter();
  counter.count(raise(rule!, event), event);
  return Object.fromEntries([...counter.counts.entries()].map(([[field, reason]]) => [field, reason]));
}

const pod: Pod = {
  ...{ name: "web-1", uid: UID, cgroupUid: UID, labels: new Map(), namespace: "shop", ip: "", node: "n1" },
  ...{ serviceAccount: "", containers: [], probes: new Map(), added: new Set() },
};

function withPods(change: (pods: PodTable) => void): (stage: Stage) => void {
  return ({ machine }) => {
    const pods = new PodTable();
    pods.timeout = 0;
    change(pods);
    machine.watchPods(pods);
  };
}

test("fields of containers are missing with the reason host outside of containers", () => {
  expect(missingOf("cpu=/\0")).toEqual({
    "k8s.pod.name": "host",
    "k8s.deployment.name": "host",
    "k8smeta.ns.name": "host",
    "cf.app.name": "host",
  });
});

test("a missing runtime, a missing response and an unknown container have different reasons", () => {
  const missing = { "container.name": "no_source", "k8s.pod.name": "no_source", "k8smeta.ns.name": "no_source" };
  expect(missingOf(inDocker)).toMatchObject(missing);
  const late = ({ machine }: Stage): void => {
    machine.containerTable.request = () => true;
  };
  expect(missingOf(inDocker, late)).toMatchObject({ "container.name": "late", "k8s.pod.name": "late" });
  const refused = ({ machine }: Stage): void => {
    machine.containerTable.request = () => true;
    machine.containerTable.seen(ID.slice(0, 12), new Thread(200));
    machine.containerTable.fail(ID.slice(0, 12));
  };
  expect(missingOf(inDocker, refused)).toMatchObject({ "container.name": "unknown", "k8s.pod.name": "unknown" });
});

test("a container outside of pods and a missing label have separate reasons", () => {
  const known = ({ machine }: Stage): void => machine.containerTable.put(container({ fullId: ID, name: "web" }));
  expect(missingOf(inDocker, known)).toEqual({
    "k8s.pod.name": "no_pod",
    "k8s.deployment.name": "no_pod",
    "k8smeta.ns.name": "no_pod",
    "cf.app.name": "unknown",
  });
});

test("missing fields of a pod have reasons without an API server, with a late response and with complete metadata", () => {
  expect(missingOf(inPod)).toMatchObject({ "k8s.pod.name": "no_source", "k8s.deployment.name": "no_source" });
  expect(
    missingOf(
      inPod,
      withPods(() => {}),
    ),
  ).toMatchObject({ "k8s.pod.name": "late", "k8smeta.ns.name": "late" });
  const lost = withPods((pods) => {
    pods.isConnected = false;
  });
  expect(missingOf(inPod, lost)).toMatchObject({ "k8s.pod.name": "no_source" });
  const half = withPods((pods) => {
    pods.needsRelated = true;
    pods.put(pod);
  });
  expect(missingOf(inPod, half)).toEqual({
    "container.name": "no_source",
    "k8s.deployment.name": "late",
    "cf.app.name": "unknown",
  });
  expect(
    missingOf(
      inPod,
      withPods((pods) => void pods.put(pod)),
    ),
  ).toMatchObject({ "k8s.deployment.name": "not_provided" });
});
