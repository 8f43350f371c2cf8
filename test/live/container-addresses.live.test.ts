import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { IMAGE } from "../../src/context/runtime/busybox.fixture.ts";
import { type Dockerd, startDockerd } from "../../src/context/runtime/docker.fixture.ts";
import { needs } from "../parts/needs.ts";
import { ended, eyas, pause } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-addresses-"));
const [rules, config] = [join(folder, "rules.yaml"), join(folder, "config.yaml")];
const [MARK, PORT] = ["eyas-addresses", 4321];
const FIELDS = ["evt.type", "container.name", "fd.lip", "fd.rip", "fd.lport", "fd.rport", "fd.is_server"];

/** The rule matches only processes of the test, which have a mark in their environment. */
writeFileSync(
  rules,
  `
- rule: Addresses
  desc: Both ends of a connection between containers
  condition: evt.type in (connect, accept, accept4) and fd.sport = ${PORT} and proc.env[${MARK}] = yes
  output: "${FIELDS.map((field) => `%${field}`).join(" ")}"
  priority: NOTICE
  capture: true
  capture_duration: 3000
`,
);

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 60_000, interval: 500 });

type Fields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Returns the fields of each alert, in the order of {@link FIELDS}. Output of the sensor and of a replay is read in the
 * same way.
 */
function rowsIn(text: string): (readonly unknown[])[] {
  const alerts = text
    .split("\n")
    .filter((line) => line.includes('"rule":"Addresses"'))
    .map((line): Fields => JSON.parse(line).output_fields);
  return alerts.map((fields) => FIELDS.map((field) => fields[field]));
}

describe("addresses of containers with a network of their own", {
  ...needs("sensor", "root", "static busybox", "dockerd", "docker", "containerd", "runc", "network namespaces"),
}, () => {
  let dockerd: Dockerd;
  let agent: ChildProcess;
  let [out, log] = ["", ""];
  const address = { server: "", client: "" };

  beforeAll(async () => {
    dockerd = await startDockerd(true);
    for (const name of ["server", "client"] as const) {
      dockerd.docker("run", "-d", `--name=${name}`, "--env", `${MARK}=yes`, IMAGE, "sleep", "600");
      address[name] = dockerd.docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name).trim();
    }
    writeFileSync(config, `containers: {docker: [${dockerd.socket}], podman: [], containerd: [], cri: []}\n`);
    const options = [
      ...["capture.enabled=true", `capture.path_prefix=${join(folder, "capture")}`, "capture.rule_interval=0"],
      ...["alert_folding.enabled=false", `journal.path=${join(folder, "journal.db")}`],
    ].flatMap((option) => ["-o", option]);
    agent = spawn(eyas, ["run", "--json", "-c", config, "-r", rules, ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    agent.stdout?.on("data", (bytes: Buffer) => {
      out += bytes.toString();
    });
    agent.stderr?.on("data", (bytes: Buffer) => {
      log += bytes.toString();
    });
    await until(() => expect(log).toContain("Watching"));
    dockerd.docker("exec", "-d", "server", "nc", "-l", "-p", String(PORT));
    const connect = ["exec", "client", "nc", "-w", "5", address.server, String(PORT)];
    // Connections are refused until the server listens.
    await until(() => void dockerd.docker(...connect));
    await until(() => expect(rowsIn(out).map(([type]) => type)).toContainEqual(expect.stringMatching(/^accept/)));
  }, 300_000);

  afterAll(async () => {
    if (agent !== undefined) await ended(agent);
    await dockerd?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** Expects the accepted connection, as seen by both ends. */
  function expectBothEnds(rows: readonly (readonly unknown[])[]): void {
    const accepted = rows.find(([type]) => String(type).startsWith("accept"));
    const connected = rows.findLast(([type]) => type === "connect");
    const port = accepted?.[5];
    expect(port).toBeGreaterThan(1023);
    expect(accepted?.slice(1)).toEqual(["server", address.server, address.client, PORT, port, true]);
    expect(connected?.slice(1)).toEqual(["client", address.client, address.server, port, PORT, false]);
  }

  test("at both ends, the container's own address is the local address, and the listening end is the server", () => {
    expect(address.server).not.toBe(address.client);
    expectBothEnds(rowsIn(out));
  });

  test("a capture with the metadata of the containers gives the same fields", async () => {
    await pause(4000); // the capture ends after its duration
    await ended(agent);
    const captures = [...out.matchAll(/"eyas\.capture":"([^"]+)"/g)].map(([, file = ""]) => file);
    const [file] = captures;
    expect(file).toBeDefined();
    const { stdout, stderr } = spawnSync(eyas, ["replay", file ?? "", "-r", rules, "--json"], { encoding: "utf8" });
    expect(stderr).not.toContain("damaged");
    expectBothEnds(rowsIn(stdout));
  });
});
