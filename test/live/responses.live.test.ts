import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStage } from "../../src/drill/stage.ts";
import type { ActionEntry } from "../../src/journal/action-entry.ts";
import { openActionLog } from "../../src/journal/action-log.ts";
import { needs } from "../parts/needs.ts";
import { people, startCloudFoundry } from "../stand-in/cloud-foundry.ts";
import { pause, READY_RULE, startSensorWith } from "./sensor.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-responses-"));
const journal = join(folder, "journal.db");
afterAll(() => rmSync(folder, { recursive: true }));

const ROUNDS = 20;

function start(rules: string, responses: string, config: Readonly<Record<string, unknown>>) {
  writeFileSync(join(folder, "responses.yaml"), responses);
  const whole = {
    containers: { enabled: false },
    responses: { rules_files: [join(folder, "responses.yaml")], ...config },
  };
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(whole));
  const words = ["-c", join(folder, "config.yaml"), "-o", `journal.path=${journal}`];
  return startSensorWith([], `${READY_RULE}\n${rules}`, ...words);
}

function steps(): readonly ActionEntry[] {
  const trail = openActionLog(journal);
  const page = trail?.page({}, 1000) ?? [];
  trail?.close();
  return [...page].reverse();
}

async function ended(count: number): Promise<readonly ActionEntry[]> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(20)) {
    const all = steps();
    if (all.length >= count && all.every(({ ended }) => ended !== undefined)) return all;
  }
  throw new Error(`not all responses have ended: ${JSON.stringify(steps())}`);
}

test("each of twenty processes that read /etc/shadow is killed", {
  ...needs("root", "sensor"),
  timeout: 60_000,
}, async () => {
  const mark = `eyas-${randomUUID()}`;
  const sensor = await start(
    `
- rule: Shadow read
  desc: The password file is read
  condition: evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.name = /etc/shadow and proc.cmdline contains ${mark}
  output: "%proc.cmdline"
  priority: WARNING
`,
    '- {response: Kill, match: rule = "Shadow read" and priority >= warning, actions: [host:kill]}',
    {},
  );
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn("sh", ["-c", "read line < /etc/shadow; exec sleep 600", mark], { stdio: "ignore" });
      expect(await new Promise((resolve) => child.once("exit", (_, by) => resolve(by)))).toBe("SIGKILL");
    }
    const done = await ended(ROUNDS);
    expect(done.map(({ state }) => state)).toEqual(Array(ROUNDS).fill("done"));
    expect(new Set(done.map(({ target }) => target)).size).toBe(ROUNDS);
  } finally {
    await sensor.stop();
  }
});

// Stand-in for Cloud Foundry: a server for its API (see the fixture), and a process with the cgroup and environment of
// Garden.
test("an attack in a Cloud Foundry app terminates its instance once; the next one within the cooldown is skipped", {
  ...needs("root", "sensor", "cgroups"),
  timeout: 60_000,
}, async () => {
  const stage = openStage();
  const cf = await startCloudFoundry();
  cf.providesGuids = false;
  const guid = randomUUID();
  const host = "10.0.16.4";
  const instances = ["10.0.16.2", "10.0.16.3", host].map((each) => ({ guid: randomUUID(), host: each }));
  cf.add({ guid, processes: { web: instances } });
  rmSync(journal, { force: true });
  const sensor = await start(
    `
- rule: Shadow read in an app
  desc: An app reads the passwords
  condition: evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.name = /etc/shadow and cf.app.name = orders
  output: "%proc.cmdline in %cf.app.name"
  priority: CRITICAL
`,
    `
- response: End the instance
  match: cf.app.id exists and priority >= critical
  actions: [cloud-foundry:terminate]
`,
    { parameters: { "cloud-foundry": { api: cf.url, ...people.client } }, cooldown: "10m" },
  );
  try {
    const application = { application_id: guid, application_name: "orders", process_type: "web", space_name: "shop" };
    const env = {
      VCAP_APPLICATION: JSON.stringify(application),
      CF_INSTANCE_INDEX: "2",
      CF_INSTANCE_IP: host,
    };
    const attack = async (): Promise<void> => {
      await stage.run(["/bin/cat", "/etc/shadow"], { container: "garden", env });
    };
    stage.beginAction("garden");
    await stage.run(["/bin/sleep", "0.3"], { container: "garden", env });
    await attack();
    await ended(1);
    await attack();
    const [first, second, ...more] = await ended(2);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      ...{ action: "cloud-foundry:terminate", state: "done", scope: `app ${guid}` },
      target: `instance web/2 of app ${guid}`,
    });
    expect(second).toMatchObject({ target: first!.target, state: "skipped", why: "cooldown", asked: undefined });
    expect(cf.done).toEqual([{ what: "terminate", app: guid, type: "web", index: 2, by: people.client.client_id }]);
    const { client_secret } = people.client;
    expect(JSON.stringify(steps())).not.toContain(client_secret);
    // Actions raise alerts, too.
    await sensor.settled();
    const told = sensor.alerts().filter(({ rule }) => rule.startsWith("Eyas internal: response"));
    expect(told.map(({ rule, fields }) => [rule, fields["eyas.response.target"]])).toEqual([
      ["Eyas internal: response done", first!.target],
    ]);
  } finally {
    await sensor.stop();
    stage.end();
    await cf.stop();
  }
});
