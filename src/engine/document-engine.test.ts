import { expect, it } from "vitest";
import { EventCode } from "../event/code.ts";
import { Machine } from "../machine/machine.ts";
import { Thread } from "../machine/thread.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import { openInbox } from "../source/inbox.ts";
import { DocumentEngine } from "./document-engine.ts";

/** A stub ruleset with one rule that matches every document. */
function everything(): Ruleset {
  const wanted = new Uint8Array(512);
  wanted[EventCode.PLUGINEVENT_E] = 1;
  return { rules: new Array(1), wanted, match: () => [0] };
}

it("evaluates documents, with the name of their source and the time of the first", () => {
  const inbox = openInbox("suricata", { most: 10 });
  inbox.offer([
    { time: 5n, value: { n: 1 } },
    { time: 8n, value: { n: 2 } },
  ]);
  const seen: unknown[] = [];
  const engine = new DocumentEngine(inbox, new Machine(), everything(), (_, event) =>
    seen.push([event.source, event.time - event.firstTime, event.document, event.thread]),
  );
  expect(engine.drain()).toBe(2);
  expect(seen).toEqual([
    ["suricata", 0n, { n: 1 }, undefined],
    ["suricata", 3n, { n: 2 }, undefined],
  ]);
  expect([engine.events, engine.matches[0]]).toEqual([2, 2]);
});

it("counts the matches of shadow rules, which raise no alerts", () => {
  const inbox = openInbox("suricata", { most: 10 });
  inbox.offer([{ time: 5n, value: { n: 1 } }]);
  let alerts = 0;
  const engine = new DocumentEngine(inbox, new Machine(), { ...everything(), raising: 0 }, () => alerts++);
  engine.drain();
  expect([engine.matches[0], alerts]).toEqual([1, 0]);
});

it("sets the thread of each document, and clears it before the next", () => {
  const inbox = openInbox("suricata", { most: 10 });
  inbox.offer([
    { time: 1n, value: { pid: 7 } },
    { time: 2n, value: {} },
  ]);
  const machine = new Machine();
  const seen: (number | undefined)[] = [];
  const engine = new DocumentEngine(
    inbox,
    machine,
    everything(),
    (_, event) => seen.push(event.thread?.tid),
    (event) => {
      if (event.num === 1) event.thread = new Thread(7);
    },
  );
  engine.drain();
  expect(engine.joined).toBe(1);
  expect(seen).toEqual([7, undefined]);
  expect([...machine.threads.values()]).toEqual([]);
});
