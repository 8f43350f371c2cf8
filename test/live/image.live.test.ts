/** The container image watches the machine, with the privileges and paths in deploy/kubernetes/daemonset.yaml. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { CONTAINERD_CAPABILITIES, imageFile } from "../../scripts/package/image.fixture.ts";
import { type Containerd, startContainerd } from "../../src/context/runtime/containerd.fixture.ts";
import { needs } from "../parts/needs.ts";
import { home, pause } from "./sensor.ts";

const IMAGE = "docker.io/library/eyas:0.1.0";
/** Maximum time until the sensor receives events, in milliseconds. */
const PATIENCE = 120_000;
const folder = mkdtempSync(join(tmpdir(), "eyas-image-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Pod {
  readonly containers: readonly [
    {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
      readonly volumeMounts: readonly {
        readonly name: string;
        readonly mountPath: string;
        readonly readOnly?: boolean;
      }[];
    },
  ];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}

/** Returns the options of `ctr run` with which the container equals that of the DaemonSet. */
function asInDaemonSet(): string[] {
  type Manifest = { readonly kind: string; readonly spec: { readonly template: { readonly spec: Pod } } };
  const documents = parseAllDocuments(readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8"));
  const found = documents.map((each) => each.toJS() as Manifest).find(({ kind }) => kind === "DaemonSet")!;
  const { containers, volumes } = found.spec.template.spec;
  const { env, securityContext, volumeMounts } = containers[0];
  const paths = new Map(volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
  const mounts = volumeMounts.map(({ name, mountPath, readOnly }) => {
    // The journal of the test, and the ConfigMap.
    const own = join(folder, name);
    const path = name === "journal" ? own : (paths.get(name) ?? own);
    if (path === own) mkdirSync(own, { recursive: true });
    return `type=bind,src=${path},dst=${mountPath},options=rbind:${readOnly === true ? "ro" : "rw"}`;
  });
  return [
    ...["--read-only", "--seccomp"],
    ...CONTAINERD_CAPABILITIES.flatMap((name) => ["--cap-drop", name]),
    ...securityContext.capabilities.add.flatMap((name) => ["--cap-add", `CAP_${name}`]),
    ...env.flatMap(({ name, value }) => (value === undefined ? [] : ["--env", `${name}=${value}`])),
    ...mounts.flatMap((mount) => ["--mount", mount]),
  ];
}

const parts = needs("sensor", "root", "all processes", "static busybox", "containerd", "runc", "image libraries");

describe("the image under containerd", parts, () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd();
    containerd.ctr("images", "import", await imageFile(folder));
  }, 300_000);
  afterAll(() => containerd?.close(), 60_000);

  test("watches processes of the machine, and lists their alerts", async () => {
    const mark = `eyas-image-${process.pid}`;
    const options = asInDaemonSet();
    writeFileSync(
      join(folder, "config/rules.yaml"),
      `- rule: Marked\n  desc: Commands of the test\n  condition: evt.type = execve and proc.args contains ${mark}\n  output: "%proc.cmdline %proc.exepath"\n  priority: NOTICE\n`,
    );
    const command = ["run", "-o", "journal.path=/var/lib/eyas/journal.db", "-r", "/etc/eyas/rules.yaml"];
    const log = join(folder, "log");
    containerd.ctr(
      "run",
      "-d",
      "--log-uri",
      `file://${log}`,
      ...options,
      IMAGE,
      "sensor",
      "/opt/eyas/bin/eyas",
      ...command,
    );
    let times = 0;
    const listed = (): string => {
      const words = ["tasks", "exec", "--exec-id", `alerts${++times}`, "sensor", "eyas", "alerts", "--json"];
      return spawnSync("ctr", ["-a", containerd.socket, ...words], { encoding: "utf8" }).stdout;
    };
    for (const end = Date.now() + PATIENCE; Date.now() < end && !listed().includes(mark); await pause(500)) {
      expect(containerd.ctr("tasks", "ls"), readFileSync(log, "utf8")).toMatch(/sensor +\d+ +RUNNING/);
      spawnSync("true", [mark]);
    }
    const alerts = listed();
    expect(alerts, readFileSync(log, "utf8")).toContain(`true ${mark}`);
    expect(alerts).toMatch(/"proc\.exepath":"\/(?:usr\/)?bin\/true"/);
  });
});
