// Other programs kill the running program and remove its journal.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, truncateSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";

const eyas = join(home, "bin/eyas");
const soon = { timeout: 60_000 };
let folder = "";
let journal = "";
let running: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-attacked-"));
  journal = join(folder, "journal.db");
});
afterEach(() => {
  running?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Printed {
  readonly rule: string;
  readonly priority: string;
  readonly output: string;
  readonly time: string;
  readonly output_fields: Readonly<Record<string, string | number>>;
}

/** The response of `/healthz?verbose`. */
interface Answer {
  readonly status: string;
  readonly components: Readonly<Record<string, { readonly status: string; readonly since: string }>>;
}

/** Starts `eyas run` without the sensor, with alert intake and the web server. */
async function start() {
  const settings = ["engine.kind=nodriver", `journal.path=${journal}`, "json_output=true"]
    .concat(["alert_intake.enabled=true", "alert_intake.listen_port=0", "alert_intake.require_token=never"])
    .concat(["webserver.enabled=true", "webserver.listen_port=0"]);
  const child = spawn(eyas, ["run", ...settings.flatMap((one) => ["-o", one])], { stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let [printed, said] = ["", ""];
  child.stdout.on("data", (bytes) => {
    printed += bytes;
  });
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const url = async (pattern: RegExp): Promise<string> => {
    await expect.poll(() => said, soon).toMatch(pattern);
    return pattern.exec(said)?.[1] ?? "";
  };
  const intake = await url(/installations on (\S+\d)/);
  const web = await url(/health and metrics on (\S+\d)/);
  return {
    /** Returns the internal alerts with a name. */
    internal: (name: string): readonly Printed[] =>
      printed
        .split("\n")
        .slice(0, -1)
        .map((line): Printed => JSON.parse(line))
        .filter(({ rule }) => rule === `Eyas internal: ${name}`),
    async post(text: string): Promise<void> {
      const alert = {
        hostname: "h",
        rule: "R",
        priority: "Warning",
        source: "syscall",
        time: new Date().toISOString(),
      };
      const answer = await fetch(intake, {
        method: "POST",
        body: JSON.stringify({ ...alert, output: text, output_fields: { "proc.name": "x" } }),
        headers: { "content-type": "application/json" },
      });
      expect(answer.status, said).toBe(200);
    },
    async health(): Promise<Answer> {
      const answer: Answer = JSON.parse(await (await fetch(`${web}/healthz?verbose`)).text());
      return answer;
    },
    async end(signal: NodeJS.Signals): Promise<void> {
      const exit = once(child, "exit");
      child.kill(signal);
      await exit;
    },
  };
}

/** Returns the texts of the alerts about installations in the journal, oldest first. */
function stored(): readonly string[] {
  const words = ["alerts", "--journal", journal, "--json", "rule=R"];
  const { stdout, stderr } = spawnSync(eyas, words, { encoding: "utf8" });
  expect(stderr).toBe("");
  const lines = stdout.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line).output.split(" ").at(-1)).reverse();
}

test("after an agent was killed, the next agent raises an alert; after an agent was stopped, it raises none", {
  timeout: 300_000,
}, async () => {
  const first = await start();
  await first.post("before");
  await first.end("SIGKILL");
  const second = await start();
  await expect.poll(() => second.internal("terminated unexpectedly"), soon).toHaveLength(1);
  const [alert] = second.internal("terminated unexpectedly");
  expect(alert?.priority).toBe("Error");
  expect(alert?.output).toMatch(/terminated unexpectedly at \d{4}-\d\d-\d\dT[\d:.]+Z or up to 15 seconds later/);
  await second.end("SIGTERM");
  const third = await start();
  await third.post("after");
  expect(third.internal("terminated unexpectedly")).toEqual([]);
});

/**
 * Milliseconds within which a change of the journal's files has to be reported, according to the agent's timestamps.
 */
const NOTICED = 5000;
/**
 * Milliseconds within which a writer that does not respond has to be reported: 5 s, and two checks of a quarter of a
 * second.
 */
const STUCK = 6000;

test("a journal that is deleted and later truncated is replaced each time, which an alert and health report within 5 s", {
  timeout: 300_000,
}, async () => {
  const agent = await start();
  await agent.post("first");
  const degraded = { status: "degraded", reason: expect.stringContaining("replaced by a new file") };
  expect(await agent.health()).toMatchObject({ components: { journal: { status: "ok" } } });

  const deleted = Date.now();
  unlinkSync(journal);
  await expect.poll(() => agent.internal("journal replaced"), soon).toHaveLength(1);
  expect(agent.internal("journal replaced")[0]).toMatchObject({
    priority: "Critical",
    output: expect.stringMatching(/journal\.db .*All alerts were copied to it/),
  });
  expect(Date.parse(agent.internal("journal replaced")[0]?.time ?? "") - deleted).toBeLessThan(NOTICED);
  await expect.poll(agent.health, soon).toMatchObject({ components: { journal: degraded } });
  const { journal: health } = (await agent.health()).components;
  expect(Date.parse(health?.since ?? "") - deleted).toBeLessThan(NOTICED);
  await agent.post("second");
  expect(stored()).toEqual(["first", "second"]);

  const truncated = Date.now();
  truncateSync(journal, 0);
  await expect.poll(() => agent.internal("journal replaced"), soon).toHaveLength(2);
  expect(Date.parse(agent.internal("journal replaced")[1]?.time ?? "") - truncated).toBeLessThan(NOTICED);
  await agent.post("third");
  expect(stored().at(-1)).toBe("third");
  await agent.end("SIGTERM");
  expect(stored().at(-1)).toBe("third");
});

test("a journal whose writer is blocked counts as failed after 5 s, which an alert outside of the journal reports", {
  timeout: 300_000,
}, async () => {
  const agent = await start();
  await agent.post("before");
  // The first marker is then on disk.
  await expect.poll(markers, soon).toBe(1);
  const blocker = new DatabaseSync(journal);
  const blocked = Date.now();
  blocker.exec("BEGIN IMMEDIATE");
  await expect.poll(() => agent.internal("journal does not work"), soon).toHaveLength(1);
  const [alert] = agent.internal("journal does not work");
  expect(alert).toMatchObject({ priority: "Error", output_fields: { "eyas.stage": "journal" } });
  const sent = Date.parse(String(alert?.output_fields["eyas.sent"]));
  expect(sent).toBeGreaterThan(blocked);
  expect(Date.parse(alert?.time ?? "") - sent).toBeLessThan(STUCK);
  expect(await agent.health()).toMatchObject({ status: "failed", components: { journal: { status: "failed" } } });
  blocker.exec("ROLLBACK");
  blocker.close();
  await expect.poll(() => agent.internal("journal works again"), soon).toHaveLength(1);
  expect(await agent.health()).toMatchObject({ status: "ok" });
  await agent.post("after");
  expect(stored()).toEqual(["before", "after"]);
  await agent.end("SIGTERM");
});

/** Returns the number of markers in the journal. */
function markers(): number {
  const db = new DatabaseSync(journal, { readOnly: true });
  try {
    return Number(db.prepare("SELECT count(*) AS n FROM state WHERE name = 'marker'").get()?.n);
  } finally {
    db.close();
  }
}
