/** The privileges in deploy/kubernetes/daemonset.yaml are sufficient and necessary. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { needs } from "../parts/needs.ts";
import { ended, eyas, home, pause } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-daemonset-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

interface DaemonSet {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly securityContext: { readonly capabilities: { readonly add: string[] } };
        }[];
      };
    };
  };
}

const documents = parseAllDocuments(readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8"));
const daemonSet = documents.map((each) => each.toJS() as DaemonSet).find(({ kind }) => kind === "DaemonSet");
const granted = daemonSet?.spec.template.spec.containers[0]?.securityContext.capabilities.add ?? [];

/**
 * Returns the fields of a process of another user that started before the sensor, or the reason why the sensor cannot
 * run here.
 */
async function lookWith(capabilities: readonly string[]): Promise<{ readonly cwd: unknown } | string> {
  const mark = `eyas-granted-${capabilities.length}`;
  const rules = join(folder, "rules.yaml");
  writeFileSync(
    rules,
    `- rule: Granted\n  desc: A process of the test\n  condition: evt.type = execve and proc.args contains ${mark}\n  output: "%proc.cwd %proc.name"\n  priority: NOTICE\n`,
  );
  const other = spawn("setpriv", [
    ...["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c"],
    `cd ${folder}; while :; do sleep 0.2; /bin/true ${mark}; done`,
  ]);
  for (const end = Date.now() + 60_000; Date.now() < end && cwdOf(other.pid) !== folder; ) await pause(20);
  const bounding = ["-all", ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(",");
  const options = ["run", "--json", "-r", rules, "-o", "journal.enabled=false"];
  const sensor = spawn("setpriv", ["--no-new-privs", "--bounding-set", bounding, eyas, ...options]);
  let [out, complaint] = ["", ""];
  sensor.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  sensor.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  try {
    // The first process may have started and ended while the probe was being attached, so that its directory is unknown.
    for (const end = Date.now() + 60_000; Date.now() < end && out.split("\n").length < 3; await pause(50))
      if (sensor.exitCode !== null) return complaint.trim();
    const [, line = "{}"] = out.split("\n");
    const { output_fields: fields = {} } = JSON.parse(line);
    return { cwd: fields["proc.cwd"] };
  } finally {
    await ended(sensor);
    await ended(other);
  }
}

/** Returns the working directory of a process; undefined if it has ended. */
function cwdOf(pid: number | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

test("the capabilities of the DaemonSet are enough to watch the kernel and to read processes of other users", {
  ...needs("root", "sensor", "setpriv"),
  timeout: 90_000,
}, async () => {
  const all = await lookWith(granted);
  expect(all).toEqual({ cwd: `${folder}/` });
  const without = await lookWith(granted.filter((name) => name !== "SYS_PTRACE"));
  expect(without).not.toEqual(all);
  const blind = await lookWith(granted.filter((name) => name !== "BPF"));
  expect(blind).toContain("CAP_BPF");
});
