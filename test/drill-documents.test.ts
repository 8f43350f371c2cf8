/**
 * The events of the drill for document sources, evaluated with the default rules. The live test is
 * test/live/drill-documents.test.ts.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { defaultRulesOf, type ReadyRules, readyRules } from "../src/agent/load/ready-rules.ts";
import { loadConfig } from "../src/config/load.ts";
import type { DrillAction, Stage } from "../src/drill/action.ts";
import { matchesAction, readAlerts } from "../src/drill/check.ts";
import { DOCUMENT_ACTIONS } from "../src/drill/documents/list.ts";
import { openStage } from "../src/drill/stage.ts";
import { DocumentEngine } from "../src/engine/document-engine.ts";
import { Machine } from "../src/machine/machine.ts";
import { openInbox } from "../src/source/inbox.ts";
import { linesOf, type Reader } from "../src/source/reader.ts";
import { readerOf } from "../src/source/sources.ts";

const SOURCES = [...new Set(DOCUMENT_ACTIONS.map(({ source = "" }) => source))];

let rules: ReadyRules;
const readers = new Map<string, Reader>();

beforeAll(async () => {
  const { config } = await loadConfig(undefined);
  rules = await readyRules(defaultRulesOf(SOURCES), config, "all", "", { sources: SOURCES });
  for (const source of SOURCES) readers.set(source, await readerOf(source));
});

/** Returns the events that an action sends; undefined if one of them is for a connection of a process. */
async function eventsOf(act: (stage: Stage) => Promise<unknown>): Promise<object[] | undefined> {
  const sent: object[] = [];
  const stage = openStage();
  let isOwned = false;
  const hold = async () => {
    isOwned = true;
    return "9 9";
  };
  await act({ ...stage, hold, send: async (event) => void sent.push(event) }).finally(() => stage.end());
  return isOwned ? undefined : sent;
}

interface Case {
  readonly action: DrillAction;
  readonly events: readonly object[];
  readonly twin: readonly object[];
}

/** Actions for connections of a process are run by the live test. */
const CASES: Case[] = [];
for (const action of DOCUMENT_ACTIONS) {
  const [events, twin] = [await eventsOf(action.act), await eventsOf(action.benign)];
  if (events !== undefined && twin !== undefined) CASES.push({ action, events, twin });
}

/** Returns the alerts for events of a source. */
function alertsFor(source: string, events: readonly object[]) {
  const reader = readers.get(source);
  if (reader === undefined) throw new Error(`there is no reader for ${source}`);
  const decode = linesOf(reader, 1 << 20);
  const received = { time: BigInt(Date.now()) * 1_000_000n };
  const parts = events.map((event) => decode(Buffer.from(JSON.stringify(event)), received));
  expect(parts.flatMap(({ refused }) => refused)).toEqual([]);
  const inbox = openInbox(source, { most: 100 });
  inbox.offer(parts.flatMap(({ documents }) => documents));
  const { ruleset, raise } = rules.of(source);
  const lines: string[] = [];
  new DocumentEngine(inbox, new Machine(), ruleset, (rule, event) => void lines.push(raise(rule, event).json)).drain();
  return readAlerts(lines.join("\n"));
}

describe.each(CASES.map((each) => [each.action.name, each] as const))("%s", (_name, { action, events, twin }) => {
  const { source = "", rule, also = [] } = action;

  test("raises its alerts, which name the drill or an address for documentation", () => {
    const alerts = alertsFor(source, events);
    expect(alerts.map((alert) => alert.rule).sort()).toEqual([rule, ...also].sort());
    expect(alerts.some((alert) => matchesAction(action, alert))).toBe(true);
    for (const alert of alerts) expect(JSON.stringify(alert.fields)).toMatch(/eyas-drill|"192\.0\.2\.1"/);
  });

  test("raises no alert for its benign twin", () => {
    expect(alertsFor(source, twin)).toEqual([]);
  });
});
