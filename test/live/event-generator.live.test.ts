// The actions of Falco's event-generator, on the host and in containers, with a default rule for each.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { listActions, MARK, openPerformer, PARTS, type Performer, ROWS } from "../detection/event-generator.ts";
import { eventGenerator } from "../parts/event-generator.ts";
import { needs } from "../parts/needs.ts";
import { sharedFolder } from "../parts/shared.ts";
import { ALL_RULES, type LiveSensor, markedRules, startSensorWith } from "./sensor.ts";

const SECONDS = 1000;

/**
 * Maximum number of attempts of an action that does not always succeed: its second setuid may run on a thread that is
 * still root.
 */
const ATTEMPTS: Readonly<Record<string, number>> = { NonSudoSetuid: 20 };

describe("the actions of event-generator", needs("sensor", ...PARTS), () => {
  let sensor: LiveSensor;
  let performer: Performer;
  /** Names of the rules that matched, by action. */
  const matched = new Map<string, Set<string>>();

  function take(line: string): void {
    if (!line.includes(MARK)) return;
    for (const { rule, fields } of readAlerts(line)) {
      for (const action of [fields[`proc.env[${MARK}]`], fields[`proc.aenv[${MARK}]`]]) {
        if (typeof action === "string") matched.set(action, (matched.get(action) ?? new Set()).add(rule));
      }
    }
  }

  beforeAll(async () => {
    performer = openPerformer();
    sensor = await startSensorWith(ALL_RULES, markedRules(ALL_RULES), "-p", `%proc.env[${MARK}] %proc.aenv[${MARK}]`);
    sensor.onLine(take);
  }, 300 * SECONDS);
  afterAll(async () => {
    await sensor?.stop();
    performer?.remove();
  }, 60 * SECONDS);

  /** Returns the rules that matched processes of an action. */
  const rulesOf = (action: string): ReadonlySet<string> => matched.get(action) ?? new Set();

  test("are those of this table", async () => {
    expect(await listActions()).toEqual(ROWS.map(([name]) => name).sort());
  });

  /** If the program is missing, only the test above is skipped. */
  const rows = eventGenerator.missing() === undefined ? ROWS : [];

  test.for(rows)("%s raises an alert", { timeout: 300 * SECONDS }, async (row) => {
    const [action, , ...rules] = row;
    let output = "";
    for (let attempts = ATTEMPTS[action] ?? 1; attempts > 0 && rulesOf(action).size === 0; ) {
      const before = sensor.drops();
      output = await performer.perform(row);
      await sensor.settled();
      // If no events were dropped, a failure counts as an attempt.
      if (rulesOf(action).size === 0 && (await sensor.allDrops()) === before) attempts--;
    }
    const found = [...rulesOf(action)];
    expect(
      found.some((rule) => rules.includes(rule)),
      `${found.join(", ")}\n${output}`,
    ).toBe(true);
  });
});

/** Rules of Falco about the user of a process, each with an action. In a container, the user needs a name. */
const OF_USERS = [
  ["SystemUserInteractive", "System user interactive"],
  ["NonSudoSetuid", "Non sudo setuid"],
] as const;

const CONTAINER = ["root", "cgroups", "podman", "conmon", "runc", "event-generator"] as const;

/** Registers the tests of the table above. */
function usersInContainers(): void {
  let sensor: LiveSensor;
  let performer: Performer;
  const alerts: DrilledAlert[] = [];

  beforeAll(async () => {
    performer = openPerformer();
    const files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    const rules = files.map((file) => join(sharedFolder, "upstream-rules", file));
    const fields = [`proc.env[${MARK}]`, `proc.aenv[${MARK}]`, "container.id", "user.name"];
    sensor = await startSensorWith(rules, markedRules(rules), "-p", fields.map((field) => `%${field}`).join(" "));
    sensor.onLine((line) => void (line.includes(MARK) && alerts.push(...readAlerts(line))));
  }, 300 * SECONDS);
  afterAll(async () => {
    await sensor?.stop();
    performer?.remove();
  }, 60 * SECONDS);

  test.for(OF_USERS)("%s: %s", { timeout: 300 * SECONDS }, async ([action, rule]) => {
    const isOfAction = ({ fields }: DrilledAlert) =>
      [fields[`proc.env[${MARK}]`], fields[`proc.aenv[${MARK}]`]].includes(action);
    const found = () => alerts.filter((alert) => alert.rule === rule && isOfAction(alert));
    let output = "";
    for (let attempts = ATTEMPTS[action] ?? 1; attempts > 0 && found().length === 0; ) {
      const before = sensor.drops();
      output = await performer.perform([action, "privileged"]);
      await sensor.settled();
      if (found().length === 0 && (await sensor.allDrops()) === before) attempts--; // no events were dropped
    }
    expect(found(), output).not.toEqual([]);
    for (const { fields } of found()) {
      expect(fields["container.id"]).not.toBe("host");
      expect(fields["user.name"]).toBe("daemon");
    }
  });
}

// If the program is missing, only the first test of this file is skipped.
if (eventGenerator.missing() === undefined)
  describe(
    "Falco's rules on users, in a container",
    needs("sensor", "upstream rules", ...CONTAINER),
    usersInContainers,
  );
