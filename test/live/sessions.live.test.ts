/**
 * A container with the labels of a kubelet, real processes started in it from outside, and recorded audit events of a real API
 * server with current times.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IMAGE } from "../../src/context/runtime/busybox.fixture.ts";
import { type Dockerd, startDockerd } from "../../src/context/runtime/docker.fixture.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { home, type LiveSensor, pause, startSensor } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-sessions-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Audit {
  readonly auditID: string;
  readonly stage: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
}

const recorded: readonly Audit[] = gunzipSync(readFileSync(join(home, "test/k8s-audit/audit-log.jsonl.gz")))
  .toString()
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

/** Returns a recorded audit event with the current time. */
function audit(what: string, user: string): Audit {
  const found = recorded.find(
    ({ stage, requestURI, user: { username } }) =>
      stage === "ResponseStarted" && requestURI.includes(what) && username === user,
  );
  if (found === undefined) throw new Error(`there is no ${what} of ${user} in the recording`);
  const now = new Date().toISOString();
  return {
    ...found,
    ...{ requestReceivedTimestamp: now, stageTimestamp: now, sourceIPs: ["203.0.113.7", "10.0.0.2"] },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const realDocker = needs("sensor", "root", "static busybox", "dockerd", "docker", "containerd", "runc");

describe("in a container of a pod", realDocker, () => {
  let dockerd: Dockerd;
  let sensor: LiveSensor;
  let port: number;

  beforeAll(async () => {
    dockerd = await startDockerd();
    port = await freePort();
    const rules = join(folder, "rules.yaml");
    const config = join(folder, "config.yaml");
    const fields = ["user", "groups", "source_ip", "kind", "id"].map((name) => `%k8s.exec.${name}`).join(" ");
    writeFileSync(
      rules,
      `- rule: In the pod
  desc: Activity in the pod of the test
  condition: evt.type in (execve, execveat, open, openat) and k8s.pod.name = box and not proc.name startswith runc
  output: "%evt.type %proc.cmdline %fd.name %k8s.pod.name ${fields}"
  priority: NOTICE
- rule: Person
  desc: Rules can test the user of the session
  condition: evt.type in (execve, execveat) and k8s.exec.user = alice and k8s.exec.groups intersects (dev)
  output: "%proc.cmdline"
  priority: NOTICE
`,
    );
    writeFileSync(
      config,
      `containers: {docker: [${dockerd.socket}], podman: [], containerd: [], cri: []}
kubernetes: {exec_patience: 5s}
sources: {k8s_audit: {from: "http://127.0.0.1:${port}/k8s-audit", require_token: never}}
`,
    );
    const labels = Object.entries({ "pod.name": "box", "pod.namespace": "shop", "container.name": "c" }).flatMap(
      ([name, value]) => ["--label", `io.kubernetes.${name}=${value}`],
    );
    dockerd.docker("run", "-d", "--name=k8s_c_box", "--network=host", ...labels, IMAGE, "sleep", "600");
    sensor = await startSensor("-c", config, "-r", rules);
  }, 300_000);
  afterAll(async () => {
    await sensor?.stop();
    await dockerd?.close();
  }, 300_000);

  const exec = (...command: readonly string[]): Promise<number | null> =>
    new Promise((resolve) => {
      const words = ["-H", `unix://${dockerd.socket}`, "exec", "k8s_c_box", ...command];
      spawn("docker", words, { stdio: "ignore" }).once("exit", resolve);
    });

  const post = (event: Audit): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const asking = request({ host: "127.0.0.1", port, path: "/k8s-audit", method: "POST", headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asking.once("error", reject);
      asking.end(JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", items: [event] }));
    });

  const inPod = (of: LiveSensor): readonly DrilledAlert[] => of.alerts().filter(({ rule }) => rule === "In the pod");
  const of = (alerts: readonly DrilledAlert[], command: string): readonly DrilledAlert[] =>
    alerts.filter(({ fields }) => String(fields["proc.cmdline"]).startsWith(command));

  async function until(sensor: LiveSensor, holds: (alerts: readonly DrilledAlert[]) => boolean): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end && !holds(inPod(sensor)); await pause(50));
  }

  test("events of a session wait for its audit event", async () => {
    const event = audit("command=sh&command=-c&command=id%3B+cat+%2Fetc%2Fshadow", "admin");
    await exec("sh", "-c", "id; cat /etc/shadow");
    await sensor.settled();
    expect(of(inPod(sensor), "sh -c id")).toEqual([]);
    expect(await post(event)).toBe(200);
    const reads = ({ fields }: DrilledAlert): boolean => fields["fd.name"] === "/etc/shadow";
    await until(sensor, (alerts) => alerts.some(reads));
    const alerts = inPod(sensor);
    expect(of(alerts, "sh -c id").length).toBeGreaterThan(0);
    // busybox executes itself for its commands
    expect(alerts.filter(reads).map(({ fields }) => fields["proc.cmdline"])).toEqual([
      expect.stringMatching(/^(exe|cat) \/etc\/shadow$/),
    ]);
    const people = alerts.map(({ fields }) =>
      ["user", "groups", "source_ip", "kind", "id"].map((name) => fields[`k8s.exec.${name}`]),
    );
    const groups = ["system:masters", "system:authenticated"];
    expect(people).toEqual(alerts.map(() => ["admin", groups, "203.0.113.7", "exec", event.auditID]));
  }, 300_000);

  test("with an early audit event, nothing waits and rules can use the user of the session", async () => {
    const event = audit("command=env&", "alice");
    expect(await post(event)).toBe(200);
    await exec("env");
    await sensor.settled();
    const [first] = of(inPod(sensor), "env");
    expect(first?.fields).toMatchObject({ "k8s.exec.user": "alice", "k8s.exec.id": event.auditID });
    expect(sensor.alerts().filter(({ rule }) => rule === "Person")).toHaveLength(1);
  }, 300_000);

  test("a process without an audit event waits up to the limit and has no user of a session", async () => {
    const began = Date.now();
    await exec("ls", "/");
    await until(sensor, (alerts) => of(alerts, "ls /").length > 0);
    const [first] = of(inPod(sensor), "ls /");
    expect(first?.fields).toMatchObject({ "k8s.pod.name": "box", "k8s.exec.user": null });
    expect(Date.now() - began).toBeGreaterThan(4500);
  }, 300_000);
});
