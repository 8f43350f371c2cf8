/** Real processes run in cgroups like those of a kubelet, with a stand-in for the API server. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ContainerCgroup, makeContainerCgroup } from "../../src/drill/cgroup.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { objects, webPod } from "../stand-in/kubernetes/shop.ts";
import { ApiServer } from "../stand-in/kubernetes/watched-api-server.ts";
import { type LiveSensor, pause, startSensor } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-pods-"));
const server = new ApiServer();
let url: URL;
beforeAll(async () => {
  for (const [kind, manifest] of objects) server.put(kind, manifest);
  url = await server.open();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const fields = ["pod.name", "pod.label[tier]", "ns.label[team]", "deployment.name", "svc.name"];

async function sensorWith(mark: string, patience: string): Promise<LiveSensor> {
  const access = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: url.href, "certificate-authority": join(server.folder, "ca.crt") } }],
    users: [{ name: "u", user: { tokenFile: join(server.folder, "token") } }],
  };
  const [kubeconfig, config, rules] = ["kubeconfig", "config.yaml", "rules.yaml"].map((name) => join(folder, name));
  writeFileSync(kubeconfig ?? "", JSON.stringify(access));
  const kubernetes = { kubeconfig, node: "n1", patience };
  const containers = { docker: [], podman: [], containerd: [], cri: [] };
  writeFileSync(config ?? "", JSON.stringify({ kubernetes, containers }));
  writeFileSync(
    rules ?? "",
    `- rule: ${mark}\n  desc: x\n  condition: evt.type = execve and proc.name = true and proc.args contains ${mark}\n  output: "%proc.args ${fields.map((name) => `%k8smeta.${name}`).join(" ")} %k8s.pod.name %k8s.owner.kind"\n  priority: NOTICE\n`,
  );
  return startSensor("-c", config ?? "", "-r", rules ?? "");
}

const named = (sensor: LiveSensor, mark: string): DrilledAlert[] => sensor.alerts().filter(({ rule }) => rule === mark);
const uidOf = ({ folders: [first = ""] }: ContainerCgroup): string => /pod([0-9a-f-]{36})/.exec(first)?.[1] ?? "";

function runIn({ folders }: ContainerCgroup, word: string): void {
  const enter = folders.map((each) => `echo $$ >${each}/cgroup.procs`).join("; ");
  spawnSync("sh", ["-c", `${enter}; exec /bin/true ${word}`]);
}

test("events of a new pod wait for its metadata, while events of the host do not", {
  ...needs("root", "sensor"),
  timeout: 60_000,
}, async () => {
  const mark = "eyas-pod-late";
  const sensor = await sensorWith(mark, "20s");
  const cgroup = makeContainerCgroup("pod");
  try {
    runIn(cgroup, `${mark}-inside`);
    spawnSync("/bin/true", [`${mark}-host`]);
    await sensor.settled();
    expect(named(sensor, mark).map(({ fields }) => fields["proc.args"])).toEqual([`${mark}-host`]);
    server.put("pods", webPod("web-1", uidOf(cgroup)));
    for (const end = Date.now() + 60_000; Date.now() < end && named(sensor, mark).length < 2; await pause(20));
    expect(named(sensor, mark)[1]?.fields).toMatchObject({
      "proc.args": `${mark}-inside`,
      "k8smeta.pod.name": "web-1",
      "k8smeta.pod.label[tier]": "front",
      "k8smeta.ns.label[team]": "checkout",
      "k8smeta.deployment.name": "web",
      "k8smeta.svc.name": ["web", "front"],
      "k8s.pod.name": "web-1",
      "k8s.owner.kind": "Deployment",
    });
  } finally {
    await sensor.stop();
    cgroup.remove();
  }
});

test.for(["hangs", "talks garbage", "goes away"] as const)(
  `an API server that %s does not block: alerts of the host are immediate, those of pods slightly delayed`,
  needs("root", "sensor"),
  async (behaviour) => {
    const mark = `eyas-pod-${behaviour.replaceAll(" ", "-")}`;
    server.behaviour = behaviour;
    const sensor = await sensorWith(mark, "1s");
    const cgroup = makeContainerCgroup("pod");
    try {
      for (let i = 0; i < 20; i++) {
        spawnSync("/bin/true", [`${mark}-host`]);
        if (i % 5 === 0) runIn(cgroup, `${mark}-inside`);
      }
      await sensor.settled();
      const of = (word: string): DrilledAlert[] =>
        named(sensor, mark).filter(({ fields }) => fields["proc.args"] === `${mark}-${word}`);
      expect(of("host")).toHaveLength(20);
      for (const end = Date.now() + 60_000; Date.now() < end && of("inside").length < 4; await pause(50));
      expect(of("inside").map(({ fields }) => fields["k8smeta.pod.name"])).toEqual([null, null, null, null]);
    } finally {
      server.behaviour = "well";
      await sensor.stop();
      cgroup.remove();
    }
  },
);
