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
import { TestFault } from "../reading.ts";
import type { Actor } from "../script/cast.ts";
import { People } from "../script/people.ts";
import { Script } from "../script/script.ts";
import { scriptSource } from "../script/script-source.ts";
import { type Scene, watched } from "./scene.ts";
import type { TestCase } from "./test-file.ts";

/**
 * The documents that a case writes.
 * @throws TestFault
 */
export function documentScene(test: TestCase): Scene {
  const people = new People();
  for (const users of test.users) people.define(users);
  const machine = new Script(people, test.processes);
  if (test.time !== undefined) machine.begin(test.time);
  const script = new DocumentScript(test.source, test.documents, machine);
  for (const event of test.events ?? []) script.step(event);
  const { events } = script;
  if (events.length === 0) throw new TestFault("There are no events.", test.place);
  const { actors } = machine.cast;
  return {
    play: (ruleset, onMatch, look) => {
      const { users, groups } = people;
      const known = new Machine({ accounts: () => ({ users, groups }) });
      if (actors.length > 0) settle(known, actors, people);
      playDocuments(test.source, events, ruleset, onMatch, look, known, (event) => {
        const pid = events[event.num - 1].actor?.pid;
        if (pid !== undefined) event.thread = known.threads.get(pid);
      });
    },
    at: (event) => events[event.num - 1],
  };
}

/** Puts processes into a machine, each where it belongs: a machine does so when its first event comes. */
function settle(machine: Machine, actors: readonly Actor[], people: People): void {
  const place = new Location({ name: "", text: "" }, 0);
  const bytes = writeEvent(EventCode.PLUGINEVENT_E, -1, 0n, []);
  const source = scriptSource([{ bytes, hidden: true, name: "", place }], actors, people);
  new Engine(source, machine, buildRuleset([], "all"), () => {}).drain();
}

/** Runs the real engine; `look` sees what no rule wants too. */
export function playDocuments(
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
  const judged = look === undefined ? ruleset : watched(ruleset, look);
  const onRule = (rule: number, event: Observed): void => onMatch(ruleset.rules[rule], event);
  new DocumentEngine(inbox, machine, judged, onRule, join).drain();
  inbox.close();
}
