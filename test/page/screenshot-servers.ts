// The servers whose pages the screenshots show.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../../src/alert/entry.ts";
import { metadataLine } from "../../src/api/exceptions/metadata.ts";
import { type RuleSetting, type RuleSettings, settingsText } from "../../src/api/rule-settings/settings.ts";
import { openReader } from "../../src/journal/read.ts";
import { startReceiver } from "../../src/output/receiver.fixture.ts";
import { eyas, home, pause, runDrill } from "../live/sensor.ts";
import { serveFleet } from "./fleet.fixture.ts";
import { type Served, serveAgent, serveSample, serveSensor } from "./page.fixture.ts";

/** Keeps the name of this host out of the screenshots. */
const HOST = "node-1";
const HOUR = 3_600_000_000_000n;

/** Number of drill rounds that a live sensor sees, and the interval between them in milliseconds. */
const ROUNDS = 8;
const ROUND_INTERVAL = 9000;

/** A server for screenshots: its name, and how it starts. */
export const servers = {
  /** The journal of the sample capture. */
  sample: serveSample,
  /** An agent with alerts of two days, an output that delivers, and one whose alerts are rejected. */
  agent: serveBusyAgent,
  /** An agent whose journal is empty. */
  empty: () => serveAgent([]),
  /** A page over a fleet's store with the states of machines. */
  fleet: serveFleet,
  /** A sensor on this host, during the drill. */
  sensor: serveDrill,
} as const;

async function serveBusyAgent(): Promise<Served> {
  process.env.FALCO_HOSTNAME = HOST;
  const good = await startReceiver();
  const bad = await startReceiver(() => ({ status: 400, body: "the index has no mapping for output_fields" }));
  const folder = mkdtempSync(join(tmpdir(), "eyas-rules-"));
  const exceptions = join(folder, "exceptions.yaml");
  writeFileSync(exceptions, exceptionsText);
  const pageRules = join(folder, "page-rules.json");
  writeFileSync(pageRules, settingsText(pageRuleSettings));
  const served = await serveAgent(
    [
      ...[`rules_files=[${join(home, "rules/syscall.yaml")}]`, `web_page.exceptions_file=${exceptions}`],
      `web_page.rules_file=${pageRules}`,
      ...["http_output.enabled=true", `http_output.url=${bad.url}/`],
      ...[`outputs.slack.webhookurl=${good.url}/`, "outputs.slack.minimumpriority=critical"],
    ],
    recentAlerts(),
  );
  await sendAlerts(served);
  return {
    ...served,
    async stop() {
      await served.stop();
      await Promise.all([good.stop(), bad.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Exceptions of an admin, and one that was written by hand. */
const exceptionsText = `# Exceptions of this machine
${metadataLine({ id: "00000000000000a1", user: "maria", time: "2026-10-02T08:14:00Z", reason: "Nightly backup", expires: "2099-01-01T00:00:00Z" })}
- rule: Credential file read by unexpected program
  exceptions:
    - name: backup
      fields: [proc.name, fd.name]
      comps: [=, startswith]
      values:
        - [cat, /etc/shadow]
  override:
    exceptions: append

- rule: Netcat or socat shell started in container
  exceptions:
    - {name: tests, fields: [container.name], values: [[test-runner]]}
  override: {exceptions: append}
`;

/** A rule that an admin wrote on the page, edited, and changed from shadow to enabled. */
const ruleText = (name: string): string => `- rule: Build tool started in container
  desc: A compiler runs in a container, where images are expected to be complete.
  condition: evt.type in (execve, execveat) and container.id != host and ${name}
  output: "%proc.name started in a container | command=%proc.cmdline"
  priority: WARNING
  tags: [container, T1027]
`;
const ownRule = (more: Pick<RuleSetting, "state" | "time" | "yaml">): RuleSetting => ({
  ...{ rule: "Build tool started in container", user: "maria", ...more },
});
const versions = [
  ownRule({ state: "shadow", time: "2026-10-02T08:14:00Z", yaml: ruleText("proc.name = gcc") }),
  ownRule({ state: "shadow", time: "2026-10-02T09:40:00Z", yaml: ruleText("proc.name in (gcc, cc, make)") }),
  ownRule({ state: "enabled", time: "2026-10-05T12:02:00Z", yaml: ruleText("proc.name in (gcc, cc, make)") }),
] as const;
const pageRuleSettings: RuleSettings = {
  rules: [
    versions[2],
    {
      ...{ rule: "Netcat or socat shell started in container", state: "shadow", user: "maria" },
      ...{ time: "2026-10-06T07:30:00Z", reason: "Penetration test this week" },
    },
  ],
  changes: versions.map((after, i) => {
    const before = versions[i - 1];
    return { rule: after.rule, user: after.user, time: after.time, ...(before && { before }), after };
  }),
};

/** Sends alerts of another installation, which the outputs deliver, and waits until they have tried to. */
async function sendAlerts(served: Served): Promise<void> {
  const intake = /installations on (\S+\d)/.exec(served.output())?.[1] ?? "";
  for (const [name, priority] of [
    ["curl", "Critical"],
    ["nc", "Warning"],
    ["wget", "Notice"],
  ]) {
    const body = JSON.stringify({
      ...{ time: new Date().toISOString(), hostname: "node-3", rule: "Download tool started in container", priority },
      ...{ source: "syscall", output: `${name} started in a container | command=${name} http://198.51.100.7/x` },
      output_fields: { "proc.name": name, "container.id": "3f2a91c0de77", "container.name": "shop" },
    });
    await fetch(intake, { method: "POST", headers: { "content-type": "application/json" }, body });
  }
  await pause(ROUND_INTERVAL);
}

/** The alerts of the sample capture, spread over the last two days. */
function recentAlerts(): Entry[] {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const journal = join(folder, "journal.db");
  const sample = join(home, "samples/drill.scap.gz");
  spawnSync(eyas, ["replay", sample, "--journal", "-o", `journal.path=${journal}`], { stdio: "ignore" });
  const reader = openReader(journal);
  const alerts = reader?.read(0, 1000) ?? [];
  reader?.close();
  rmSync(folder, { recursive: true, force: true });
  const now = BigInt(Date.now()) * 1_000_000n;
  const entries = alerts.flatMap(({ seq: _, id: __, ...alert }, i): Entry[] =>
    // Each alert is raised in some of the last hours, so that the numbers of the rules differ.
    Array.from({ length: 48 }, (_, hour) => hour)
      .filter(
        (hour) => (hour * 7 + i * 5) % (hour < 24 ? 9 + (i % 4) : 11 + (i % 3)) === 0 && !(hour > 24 && i % 13 === 0),
      )
      .map((hour) => ({
        ...alert,
        hostname: i % 5 === 0 ? "node-2" : HOST,
        output: undefined,
        time: now - HOUR * BigInt(hour) - BigInt((i * 97) % 3600) * 1_000_000_000n,
      })),
  );
  return entries.sort((one, other) => (one.time < other.time ? -1 : 1));
}

async function serveDrill(): Promise<Served> {
  process.env.FALCO_HOSTNAME = HOST;
  const { SYSCALL_ACTIONS } = await import("../../src/drill/actions.ts");
  const names = SYSCALL_ACTIONS.map(({ name }) => name);
  const served = await serveSensor("");
  for (let round = 0; round < ROUNDS; round++) {
    await pause(ROUND_INTERVAL);
    // Each round runs a different selection of actions, so that the values in the chart vary.
    await runDrill("--only", ...names.filter((_, i) => i % (1 + (round % 4)) === 0));
  }
  return served;
}
