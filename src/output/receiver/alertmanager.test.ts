import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { alertAbout, common, hostile, noCertificates, type Receiver, startReceiver } from "../receiver.fixture.ts";
import { httpForm } from "../transport/http-form.ts";
import { alertmanager } from "./alertmanager/form.ts";

const program = ["prometheus-alertmanager", "alertmanager"].find(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0,
);
const keys = {
  endpoint: "/api/v2/alerts",
  expiresafter: 0,
  extralabels: {},
  extraannotations: {},
  customseveritymap: {},
  dropeventdefaultpriority: "critical",
  dropeventthresholds: [{ value: 10, priority: "warning" }],
} as const;

function open(hostport: readonly string[], changes: object = {}) {
  const form = alertmanager({ ...keys, hostport, ...changes });
  if (form === undefined) throw new Error("it is off");
  return httpForm(form, common, noCertificates);
}

describe("a real Alertmanager", needs("alertmanager"), () => {
  let child: ChildProcess;
  let url: string;
  const folder = mkdtempSync(join(tmpdir(), "eyas-alertmanager-"));

  beforeAll(async () => {
    writeFileSync(join(folder, "config.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n");
    url = `http://127.0.0.1:${await freePort()}`;
    const flags = [
      `--config.file=${join(folder, "config.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${url.slice("http://".length)}`,
      "--cluster.listen-address=",
    ];
    child = spawn(program ?? "", flags, { stdio: "ignore" });
    for (let i = 0; i < 200; i++) {
      if (
        await fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await sleep(50);
    }
    throw new Error("Alertmanager does not start");
  }, 300_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  async function shown(rule: string): Promise<unknown[]> {
    const query = encodeURIComponent(`alertname=${JSON.stringify(rule)}`);
    const alerts: unknown = await (await fetch(`${url}/api/v2/alerts?filter=${query}`)).json();
    return Array.isArray(alerts) ? alerts : [];
  }

  const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

  test("shows an alert with its labels", async () => {
    const output = open([url], {
      extralabels: { team: "blue" },
      expiresafter: 60,
      customseveritymap: { warning: "page" },
    });
    expect(await output.deliver([alertAbout("x", { time: now() })])).toEqual({ outcome: "delivered" });
    expect(await shown("A shell")).toMatchObject([
      {
        annotations: { info: "12:34:56.123456789: Warning x", summary: "A shell" },
        labels: {
          alertname: "A shell",
          evt_type: "execve",
          eventsource: "syscall",
          hostname: "node-1",
          k8s_ns_name: "shop",
          priority: "Warning",
          proc_aname_2: "x",
          proc_pid: "4711",
          rule: "A shell",
          severity: "page",
          source: "falco",
          tags: "T1059,mitre_execution",
          team: "blue",
        },
        status: { state: "active" },
      },
    ]);
  });

  test("shows the link to an alert", async () => {
    const link = "https://eyas.example.org/alerts/1";
    const batch = [
      alertAbout("x", { rule: "Linked", time: now(), link }),
      alertAbout("x", { rule: "Bare", time: now() }),
    ];
    expect(await open([url]).deliver(batch)).toEqual({ outcome: "delivered" });
    expect(await shown("Linked")).toMatchObject([{ generatorURL: link }]);
    expect(await shown("Bare")).toMatchObject([expect.not.objectContaining({ generatorURL: expect.anything() })]);
  });

  test("shows an alert that is delivered after expiresafter", async () => {
    const old = alertAbout("x", { rule: "Old", time: now() - 3_600_000_000_000n });
    expect(await open([url], { expiresafter: 60 }).deliver([old])).toEqual({ outcome: "delivered" });
    expect(await shown("Old")).toMatchObject([{ status: { state: "active" } }]);
  });

  test("shows the text of an alert unchanged", async () => {
    expect(await open([url]).deliver([alertAbout(hostile, { rule: "Hostile", time: now() })])).toEqual({
      outcome: "delivered",
    });
    expect(await shown("Hostile")).toMatchObject([{ labels: { proc_cmdline: hostile, proc_aname_2: hostile } }]);
  });

  test("a wrong path requests a retry, and an invalid label is a rejection", async () => {
    expect(await open([url], { endpoint: "/api/v9/alerts" }).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      persistent: true,
      reason: expect.stringContaining("404"),
    });
    expect(
      await open([url], { extralabels: { "": "x" } }).deliver([alertAbout("x", { rule: "Unlabelled" })]),
    ).toMatchObject({
      outcome: "rejected",
      reason: expect.stringMatching(/400.*invalid label/),
    });
  });
});

describe("a cluster (stand-ins)", () => {
  const running: Receiver[] = [];
  afterEach(async () => {
    for (const receiver of running.splice(0)) await receiver.stop();
  });

  test("every member gets an alert, and delivery succeeds if one member accepts it", async () => {
    const members = [await startReceiver(), await startReceiver(() => ({ status: 500 })), await startReceiver()];
    running.push(...members);
    const urls = members.map(({ url }) => `${url}/prefix`);
    expect(await open(urls).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(members.map(({ requests }) => requests.map(({ path }) => path))).toEqual(
      members.map(() => ["/prefix/api/v2/alerts"]),
    );
    for (const i of [0, 2]) await members[i]?.stop();
    expect(await open(urls).deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
  });

  test("an alert expires after its delivery, or after its time if that is later", async () => {
    const member = await startReceiver();
    running.push(member);
    const begun = Date.now();
    const times = [begun - 3_600_000, begun + 3_600_000];
    const batch = times.map((time) => alertAbout("x", { time: BigInt(time) * 1_000_000n }));
    expect(await open([member.url], { expiresafter: 60 }).deliver(batch)).toEqual({ outcome: "delivered" });
    const sent = JSON.parse(member.requests[0]?.body ?? "") as { startsAt: string; endsAt: string }[];
    expect(sent.map(({ startsAt }) => Date.parse(startsAt))).toEqual(times);
    const [old = 0, future] = sent.map(({ endsAt }) => Date.parse(endsAt));
    expect(old).toBeGreaterThanOrEqual(begun + 60_000);
    expect(old).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(future).toBe(begun + 3_660_000);
  });
});

/** A port without a listener. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
