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
import { noLacks } from "./lacks.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-lacks-"));
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

/** What is counted of an alert about a process in that cgroup, by field. */
function lacksOf(cgroups: string, prepare: (stage: Stage) => void = () => {}): Record<string, string> {
  const stage = new Stage({}, [process(100, 1), process(200, 100, { cgroups })]);
  prepare(stage);
  const event = stage.happen(EventCode.CHDIR_X, 200, [0n, "/"]);
  const [rule] = ruleset.match(event);
  const lacks = noLacks();
  lacks.count(raise(rule, event), event);
  return Object.fromEntries([...lacks.counts.entries()].map(([[field, reason]]) => [field, reason]));
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

test("on the host nothing of containers is known, and that is why", () => {
  expect(lacksOf("cpu=/\0")).toEqual({
    "k8s.pod.name": "host",
    "k8s.deployment.name": "host",
    "k8smeta.ns.name": "host",
    "cf.app.name": "host",
  });
});

test("nobody to ask, no answer, an answer that it is not known: each is a reason of its own", () => {
  const lacks = { "container.name": "nobody", "k8s.pod.name": "nobody", "k8smeta.ns.name": "nobody" };
  expect(lacksOf(inDocker)).toMatchObject(lacks);
  const late = ({ machine }: Stage): void => {
    machine.containerTable.request = () => true;
  };
  expect(lacksOf(inDocker, late)).toMatchObject({ "container.name": "late", "k8s.pod.name": "late" });
  const refused = ({ machine }: Stage): void => {
    machine.containerTable.request = () => true;
    machine.containerTable.seen(ID.slice(0, 12), new Thread(200));
    machine.containerTable.fail(ID.slice(0, 12));
  };
  expect(lacksOf(inDocker, refused)).toMatchObject({ "container.name": "unknown", "k8s.pod.name": "unknown" });
});

test("a container in no pod, and one of which a label is not told", () => {
  const known = ({ machine }: Stage): void => machine.containerTable.put(container({ fullId: ID, name: "web" }));
  expect(lacksOf(inDocker, known)).toEqual({
    "k8s.pod.name": "no_pod",
    "k8s.deployment.name": "no_pod",
    "k8smeta.ns.name": "no_pod",
    "cf.app.name": "unknown",
  });
});

test("of a pod: no API server, one that is late, and one that told all there is", () => {
  expect(lacksOf(inPod)).toMatchObject({ "k8s.pod.name": "nobody", "k8s.deployment.name": "nobody" });
  expect(
    lacksOf(
      inPod,
      withPods(() => {}),
    ),
  ).toMatchObject({ "k8s.pod.name": "late", "k8smeta.ns.name": "late" });
  const lost = withPods((pods) => {
    pods.isConnected = false;
  });
  expect(lacksOf(inPod, lost)).toMatchObject({ "k8s.pod.name": "nobody" });
  const half = withPods((pods) => {
    pods.needsRelated = true;
    pods.put(pod);
  });
  expect(lacksOf(inPod, half)).toEqual({
    "container.name": "nobody",
    "k8s.deployment.name": "late",
    "cf.app.name": "unknown",
  });
  expect(
    lacksOf(
      inPod,
      withPods((pods) => void pods.put(pod)),
    ),
  ).toMatchObject({ "k8s.deployment.name": "untold" });
});
