import { DocumentEngine } from "../../engine/document-engine.ts";
import { Engine } from "../../engine/engine.ts";
import { EventCode } from "../../event/code.ts";
import type { Document } from "../../event/document.ts";
import { writeEvent } from "../../event/write.ts";
import { Machine } from "../../machine/machine.ts";
import type { Observed } from "../../machine/observed.ts";
import { Location } from "../../rule/location.ts";
import { buildRuleset, type LoadedRule, type Ruleset } from "../../rule/ruleset.ts";
import { openInbox } from "../../source/inbox.ts";
import { DocumentScript } from "../documents/document-script.ts";
import { itemAt } from "../item-at.ts";
import { TestFault } from "../reading.ts";
import { Accounts } from "../script/accounts.ts";
import type { ScriptedProcess } from "../script/processes.ts";
import { Script } from "../script/script.ts";
import { scriptSource } from "../script/script-source.ts";
import { type CaseEvents, observed } from "./case-events.ts";
import type { TestCase } from "./test-file.ts";

/**
 * Returns the documents that a case describes.
 * @throws TestFault
 */
export function documentEvents(test: TestCase): CaseEvents {
  const accounts = new Accounts();
  for (const users of test.users) accounts.define(users);
  const machine = new Script(accounts, test.processes);
  if (test.time !== undefined) machine.begin(test.time);
  const script = new DocumentScript(test.source, test.documents, machine);
  for (const event of test.events ?? []) script.step(event);
  const { events } = script;
  if (events.length === 0) throw new TestFault("The case has no events.", test.place);
  const { all: processes } = machine.processes;
  return {
    evaluate: (ruleset, onMatch, look) => {
      const { users, groups } = accounts;
      const known = new Machine({ accounts: () => ({ users, groups }) });
      if (processes.length > 0) addProcesses(known, processes, accounts);
      evaluateDocuments(test.source, events, ruleset, onMatch, look, known, (event) => {
        const pid = itemAt(events, event.num - 1).process?.pid;
        if (pid !== undefined) event.thread = known.threads.get(pid);
      });
    },
    origin: (event) => itemAt(events, event.num - 1),
  };
}

/** Adds processes to a machine, which reads them before its first event. */
function addProcesses(machine: Machine, processes: readonly ScriptedProcess[], accounts: Accounts): void {
  const place = new Location({ name: "", text: "" }, 0);
  const bytes = writeEvent(EventCode.PLUGINEVENT_E, -1, 0n, []);
  const source = scriptSource([{ bytes, hidden: true, name: "", place }], processes, accounts);
  new Engine(source, machine, buildRuleset([], "all"), () => {}).drain();
}

/** Runs the engine on documents. `look` receives every event, including those that no rule evaluates. */
export function evaluateDocuments(
  source: string,
  documents: readonly Document[],
  ruleset: Ruleset,
  onMatch: (rule: LoadedRule, event: Observed) => void,
  look?: (event: Observed) => void,
  machine = new Machine(),
  join?: (event: Observed) => void,
): void {
  const inbox = openInbox(source, { most: documents.length });
  void inbox.offer(documents);
  const rules = look === undefined ? ruleset : observed(ruleset, look);
  const onRule = (rule: number, event: Observed): void => onMatch(itemAt(ruleset.rules, rule), event);
  new DocumentEngine(inbox, machine, rules, onRule, join).drain();
  inbox.close();
}
