// The web UI of a running sensor, from the event to the alert, its explanation, and an exception.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { home } from "../../src/agent/home.ts";
import type { AlertPage, AuditEntry, Related, StoredAlert } from "../../src/api/store/store.ts";
import { needs } from "../parts/needs.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-page-live-"));
const rules = join(folder, "rules.yaml");
const config = join(folder, "config.yaml");
const bait = join(folder, "bait");
writeFileSync(bait, "");
writeFileSync(
  rules,
  `- macro: reading
  condition: evt.type in (open, openat, openat2) and proc.name in (cat, head)
- rule: Bait
  desc: The bait was read
  condition: reading and fd.name = ${bait}
  output: "%proc.name took %fd.name | command=%proc.cmdline pid=%proc.pid"
  priority: WARNING
  tags: [mitre_collection, T1005]
`,
);

let child: ChildProcess;
let said = "";
let url = "";
let token = "";

function configure(enabled: boolean): void {
  const page = { enabled, listen_port: 0, recent_events_size: "64MB" };
  writeFileSync(config, JSON.stringify({ journal: { path: join(folder, "journal.db") }, web_page: page }));
}

describe("the page of eyas run", needs("sensor"), () => {
  beforeAll(async () => {
    configure(true);
    child = spawn(launcher, ["run", "-r", rules, "-c", config], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      said += bytes.toString("utf8");
    });
    await until(async () => said.includes("Watching") && said.includes("web UI"));
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
    const renewed = spawnSync(launcher, ["users", "renew", "admin", "--file", join(folder, "page-users.json")], {
      encoding: "utf8",
    });
    token = renewed.stdout.trim();
    await until(async () => (await fetch(`${url}/api/v1/session`, auth())).status === 200);
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  });

  test("its token is in no log, and only the owner can read its users file", () => {
    expect(said).toContain("eyas users renew admin");
    expect(said).not.toContain("token=");
    expect(statSync(join(folder, "page-users.json")).mode & 0o777).toBe(0o600);
  });

  test("an alert appears when raised, with its process lineage and explanation", async () => {
    const events = await fetch(`${url}/api/v1/events`, auth());
    await sleep(300);
    spawnSync("sh", ["-c", `true; cat ${bait}; true`]);
    const alert = await nextAlert(events);
    expect(alert).toMatchObject({ rule: "Bait", state: "open", fields: { "proc.name": "cat", "fd.name": bait } });

    const { tree } = await get<Related>(`/alerts/${alert.id}/related`);
    const names = tree.map(({ name }) => name);
    expect(names.slice(-2)).toEqual(["sh", "cat"]);
    expect(tree.at(-1)).toMatchObject({
      cmdline: `cat ${bait}`,
      exepath: expect.stringMatching(/\/cat$|coreutils$/),
      isAlert: true,
    });
    expect(tree.at(-2)?.cmdline).toContain("true; cat");
    expect(Date.parse(tree.at(-1)?.time ?? "")).toBeGreaterThan(Date.now() - 60_000);

    const { matched } = await get<{ matched: Leaf }>(`/alerts/${alert.id}/explanation`);
    expect(matched).toMatchObject({ kind: "and", verdict: true, file: rules });
    const tests = leaves(matched);
    expect(tests).toContainEqual(
      expect.objectContaining({ text: `fd.name = ${bait}`, verdict: true, values: { "fd.name": bait } }),
    );
    expect(tests).toContainEqual(
      expect.objectContaining({ text: "proc.name in (cat, head)", holds: true, values: { "proc.name": "cat" } }),
    );

    const detail = await get<object>(`/alerts/${alert.id}`);
    expect(detail).toMatchObject({
      ruleText: { file: rules, line: 3, yaml: expect.stringMatching(/^- rule: Bait\n[\s\S]*T1005\]$/) },
      mitre: [{ technique: "T1005", name: "Data from Local System", tactic: "Collection" }],
      sentence: expect.stringContaining(`cat took ${bait}`),
    });
    const status = await get<object>("/status");
    expect(status).toMatchObject({
      watching: true,
      sources: [{ name: "syscall", state: "up", drops: expect.any(Number) }],
      journal: { alerts: expect.any(Number) },
    });
  });

  test("an exception created from an alert applies to that program, but not to another", async () => {
    const { alerts } = await get<AlertPage>(`/alerts?query=${encodeURIComponent(`fd.name = ${bait}`)}`);
    const { yaml, hidden } = await post<Proposed>(`/alerts/${alerts[0]!.id}/exception`, {
      fields: ["proc.name", "fd.name"],
    });
    expect(hidden.count).toBe(alerts.length);
    expect(await post<object>("/exceptions", { yaml })).toEqual({
      file: join(folder, "exceptions.yaml"),
      ids: [expect.stringMatching(/^[0-9a-f]{16}$/)],
      reloaded: true,
    });
    expect(readFileSync(join(folder, "exceptions.yaml"), "utf8")).toContain("as_seen_proc_name_and_fd_name");
    const count = async (): Promise<unknown[]> =>
      (await get<AlertPage>("/alerts?limit=1000")).alerts.map(({ fields }) => fields["proc.name"]);
    const before = await count();
    spawnSync("cat", [bait]);
    spawnSync("head", [bait]);
    await until(async () => (await count()).length > before.length);
    expect((await count()).slice(0, (await count()).length - before.length)).toEqual(["head"]);

    // A second exception of the same kind extends the first.
    const [head] = (await get<AlertPage>("/alerts?limit=1")).alerts;
    const second = await post<Proposed>(`/alerts/${head!.id}/exception`, { fields: ["proc.name", "fd.name"] });
    expect(second.yaml).not.toContain("comps");
    await post<object>("/exceptions", { yaml: second.yaml });
    const then = (await count()).length;
    spawnSync("head", [bait]);
    await sleep(500);
    expect((await count()).length).toBe(then);
    const rule = await get<object>("/rules/Bait");
    expect(rule).toMatchObject({ hits: then, exceptions: ["as_seen_proc_name_and_fd_name"] });
  });

  test("the last events are a capture that raises the same alerts", async () => {
    const answer = await fetch(`${url}/api/v1/recent`, auth());
    const file = join(folder, "recent.scap");
    writeFileSync(file, new Uint8Array(await answer.arrayBuffer()));
    const replayed = spawnSync(launcher, ["replay", file, "-r", rules, "--json"], { encoding: "utf8" });
    const { alerts } = await get<AlertPage>("/alerts?order=oldest&limit=1000");
    const again = replayed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).output_fields["proc.pid"]);
    // Exceptions that were created meanwhile do not apply to the replay.
    for (const { fields } of alerts) expect(again).toContain(fields["proc.pid"]);
  });

  test("invalid exceptions and other rules are rejected", async () => {
    const before = readFileSync(join(folder, "exceptions.yaml"), "utf8");
    const refused = async (yaml: string): Promise<string> => {
      const answer = await fetch(`${url}/api/v1/exceptions`, {
        ...auth(),
        method: "POST",
        body: JSON.stringify({ yaml }),
      });
      expect(answer.status).toBe(422);
      return ((await answer.json()) as { error: { message: string } }).error.message;
    };
    const exception = (more: string) =>
      `- rule: Bait\n  exceptions:\n    - name: x\n      fields: [proc.nam]\n      comps: ["="]\n      values: [[a]]\n${more}`;
    expect(await refused(exception("  override: {exceptions: append}\n"))).toContain('Unknown field "proc.nam"');
    expect(await refused(exception("  override: {exceptions: replace}\n"))).toContain("Only exceptions");
    expect(await refused("- macro: reading\n  condition: evt.type = close\n")).toContain("Only exceptions");
    expect(await refused("- rule: Bait\n  enabled: false\n")).toContain("Only exceptions");
    expect(await refused("{{{")).toContain("YAML");
    expect(readFileSync(join(folder, "exceptions.yaml"), "utf8")).toBe(before);
    const { entries } = await get<{ entries: AuditEntry[] }>("/users/audit");
    const count = (name: string): number => entries.filter(({ action }) => action === name).length;
    // Entries are written before the change.
    expect([count("exception"), count("exception failed")]).toEqual([2 + 5, 5]);
  });

  test("it follows the configuration while events are evaluated, and sessions persist", async () => {
    const signed = await fetch(`${url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const [cookie] = (signed.headers.get("set-cookie") ?? "").split(";");
    configure(false);
    await until(async () =>
      fetch(`${url}/api/v1/session`).then(
        () => false,
        () => true,
      ),
    );
    spawnSync("cat", [bait]);
    const before = said.length;
    configure(true);
    await until(async () => said.slice(before).includes("web UI is at"));
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(said.slice(before))?.[0] ?? "";
    expect((await fetch(`${url}/api/v1/session`, { headers: { cookie } })).status).toBe(200);
  });
});

function auth(): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } };
}

// test/page-api.test.ts validates the responses against their schemas.
async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, auth());
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, { ...auth(), method: "POST", body: JSON.stringify(body) });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text) as T;
}

async function nextAlert(events: Response): Promise<StoredAlert> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of events.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const found = /event: alert\nid: [^\n]*\ndata: (\{.*\})\n/.exec(text);
    if (found !== null) return JSON.parse(found[1]!);
  }
  throw new Error(`no alert was raised: ${text}`);
}

interface Proposed {
  readonly yaml: string;
  readonly hidden: { readonly count: number };
}

interface Leaf {
  readonly text: string;
  readonly parts?: readonly Leaf[];
}

function leaves(part: Leaf): readonly Leaf[] {
  return part.parts === undefined ? [part] : part.parts.flatMap(leaves);
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await what()) return;
    await sleep(50);
  }
  throw new Error(`timed out; output: ${said}${existsSync(folder)}`);
}
