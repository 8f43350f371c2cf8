// Runs the whole program with a real Docker daemon: a file dropped in a container is quarantined.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { IMAGE } from "../../../context/runtime/busybox.fixture.ts";
import { type Dockerd, startDockerd } from "../../../context/runtime/docker.fixture.ts";
import { type Manifest, readManifest } from "./manifest.ts";

const { launcher } = testHost({});
const folder = mkdtempSync(join(tmpdir(), "eyas-taken-"));
const kept = join(folder, "kept");
const file = (name: string): string => join(folder, name);
writeFileSync(
  file("rules.yaml"),
  `- rule: Dropped
  desc: A file is dropped
  condition: evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.name startswith /tmp/evil
  output: "%proc.name dropped %fd.name"
  priority: WARNING
`,
);
writeFileSync(
  file("responses.yaml"),
  `- response: Take what is dropped
  match: rule = Dropped and container.id != host
  actions:
    - action: host:kill
    - {action: host:quarantine, folder: ${kept}}
`,
);

describe(
  "in a container of Docker",
  needs("sensor", "all processes", "root", "static busybox", "dockerd", "docker", "runc"),
  () => {
    let dockerd: Dockerd | undefined;
    let eyas: ChildProcess | undefined;
    let stderr = "";
    beforeAll(async () => {
      dockerd = await startDockerd();
      const settings = [
        `journal.path=${file("journal.db")}`,
        `responses.rules_files=[${file("responses.yaml")}]`,
        `containers.docker=[${dockerd.socket}]`,
      ];
      const words = ["run", "-r", file("rules.yaml"), ...settings.flatMap((each) => ["-o", each])];
      eyas = spawn(launcher, words, { stdio: ["ignore", "ignore", "pipe"] });
      eyas.stderr?.on("data", (bytes) => {
        stderr += bytes;
      });
      for (let i = 0; i < 400 && eyas.exitCode === null && !stderr.includes("Watching"); i++) await sleep(25);
      expect(stderr).toContain("Watching");
      await sleep(300);
    }, 300_000);
    afterAll(async () => {
      if (eyas !== undefined) {
        const ended = new Promise((resolve) => eyas?.once("exit", resolve));
        if (eyas.kill("SIGTERM")) await ended;
      }
      await dockerd?.close();
      rmSync(folder, { recursive: true, force: true });
    }, 300_000);

    test("a dropped file is quarantined, its process killed, and the container keeps running", async () => {
      const path = "/tmp/evil $(touch x); 'y' \"z\"";
      const script = `sh -c 'exec 3>"$1"; echo evil >&3; sleep 600' sh "$1"; exec sleep 600`;
      const id = dockerd?.docker("run", "-d", "--network=host", IMAGE, "sh", "-c", script, "sh", path).trim() ?? "";
      for (let i = 0; i < 400 && taken() === undefined; i++) await sleep(25);
      const history = (): string =>
        spawnSync(launcher, ["respond", "history", "--journal", file("journal.db"), "--json"], { encoding: "utf8" })
          .stdout;
      const manifest = taken();
      expect(manifest, `${stderr}${history()}`).toMatchObject({ removed: true, path, container: id.slice(0, 12) });
      expect(dockerd?.docker("exec", id, "ls", "/tmp")).toBe("");
      expect(history().match(/"state":"done"/g)).toHaveLength(2);
      expect(dockerd?.docker("inspect", "-f", "{{.State.Status}}", id).trim()).toBe("running");
    });
  },
);

/** Reads the manifest of the quarantined file. */
function taken(): Manifest | undefined {
  const [name] = existsSync(kept) ? readdirSync(kept) : [];
  const manifest = name === undefined ? undefined : readManifest(join(kept, name));
  return manifest?.removed ? manifest : undefined;
}
