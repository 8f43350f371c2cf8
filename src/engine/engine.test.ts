import { expect, it } from "vitest";
import { EventCode } from "../event/code.ts";
import { HEADER_SIZE } from "../event/event.ts";
import { Machine } from "../machine/machine.ts";
import type { Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine } from "./engine.ts";

/** A stub source: events without parameters, with the given types and flags. */
function sourceOf(events: readonly { readonly type: number; readonly flags?: number }[]): Source {
  const bytes = new Uint8Array(HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, HEADER_SIZE, true);
  let at = 0;
  return {
    name: "syscall",
    snapshot() {},
    next(event) {
      if (at === events.length) return false;
      const { type, flags } = events[at++]!;
      view.setUint16(20, type, true);
      event.place(bytes, view, 0, 0, 2);
      event.flags = flags ?? 0;
      event.num = at;
      return true;
    },
    close() {},
  };
}

const { GENERIC_X, CLOSE_X } = EventCode;

/** A stub ruleset of two rules that match every event. */
function ruleset(wantedType: number): Ruleset {
  const wanted = new Uint8Array(512);
  wanted[wantedType] = 1;
  return { rules: new Array(2), wanted, match: () => [0, 1] };
}

function run(source: Source, wantedType: number): { engine: Engine; matches: [number, number][] } {
  const matches: [number, number][] = [];
  const engine = new Engine(source, new Machine(), ruleset(wantedType), (rule, event) =>
    matches.push([rule, event.num]),
  );
  return { engine, matches };
}

it("evaluates only events of types that a rule can match", () => {
  const { engine, matches } = run(sourceOf([{ type: GENERIC_X }, { type: CLOSE_X }]), CLOSE_X);
  expect(engine.drain()).toBe(2);
  expect(matches).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect([...engine.matches]).toEqual([1, 1]);
});

it("ends after the current event when it is paused, and continues with the next one", () => {
  const events = Array.from({ length: 3 }, () => ({ type: CLOSE_X }));
  const engine = new Engine(sourceOf(events), new Machine(), ruleset(CLOSE_X), () => engine.pause());
  expect([engine.drain(), engine.drain(10), engine.drain(), engine.drain()]).toEqual([1, 1, 1, 0]);
  expect([...engine.matches]).toEqual([3, 3]);
});

it("does not evaluate events recorded for the state only", () => {
  const { engine, matches } = run(sourceOf([{ type: CLOSE_X, flags: 1 }]), CLOSE_X);
  engine.drain();
  expect(matches).toEqual([]);
  expect(engine.events).toBe(1);
});

it("stops at a limit and continues there", () => {
  const { engine } = run(sourceOf([{ type: GENERIC_X }, { type: GENERIC_X }, { type: GENERIC_X }]), CLOSE_X);
  expect([engine.drain(2), engine.drain(2), engine.drain(2)]).toEqual([2, 1, 0]);
  expect(engine.events).toBe(3);
});

it("evaluates other rules after a swap, and keeps the counts of rules of the same name", () => {
  const named = (...names: readonly string[]): Ruleset => {
    const wanted = new Uint8Array(512);
    wanted[CLOSE_X] = 1;
    const rules = names.map((name) => ({ name }));
    // @ts-expect-error a stub: only the names of the rules are read
    return { rules, wanted, match: () => names.map((_, i) => i) };
  };
  const source = sourceOf(new Array(4).fill({ type: CLOSE_X }));
  const matched: number[] = [];
  const engine = new Engine(source, new Machine(), named("a", "b"), (rule) => matched.push(rule));
  engine.drain(1);
  engine.swap(named("b", "c"));
  engine.drain(1);
  expect([...engine.matches]).toEqual([2, 1]);
  engine.swap(named("c", "b", "a"));
  expect([...engine.matches]).toEqual([1, 2, 1]);
  engine.drain();
  expect([...engine.matches]).toEqual([3, 4, 3]);
  expect(engine.events).toBe(4);
  expect(matched).toEqual([0, 1, 0, 1, 0, 1, 2, 0, 1, 2]);
});

it("counts the matches of shadow rules, which raise no alerts, until a swap enables them", () => {
  const rules = [{ name: "a" }, { name: "b" }] as never;
  const matches: [number, number][] = [];
  const source = sourceOf(new Array(2).fill({ type: CLOSE_X }));
  const engine = new Engine(source, new Machine(), { ...ruleset(CLOSE_X), rules, raising: 1 }, (rule, event) =>
    matches.push([rule, event.num]),
  );
  engine.drain(1);
  expect([matches, [...engine.matches]]).toEqual([[[0, 1]], [1, 1]]);
  engine.swap({ ...ruleset(CLOSE_X), rules, raising: 2 });
  engine.drain(1);
  expect(matches.slice(1)).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect([...engine.matches]).toEqual([2, 1]);
  engine.swap({ ...ruleset(CLOSE_X), rules, raising: 1 });
  expect([...engine.matches]).toEqual([2, 1]);
});

it("passes events of its types to a watcher; rules receive only the shared types", () => {
  const { SCAPEVENT_E } = EventCode;
  const types = [CLOSE_X, GENERIC_X, SCAPEVENT_E, CLOSE_X];
  const rulesSaw: number[] = [];
  const wanting = (wanted: 0 | 1): Ruleset => ({
    rules: [],
    wanted: new Uint8Array(512).fill(wanted),
    match(event) {
      rulesSaw.push(event.num);
      return [];
    },
  });
  const engine = new Engine(sourceOf(types.map((type) => ({ type }))), new Machine(), wanting(1), () => {});
  const seen: number[] = [];
  engine.watch({ types: [CLOSE_X], ownTypes: [SCAPEVENT_E], see: (event) => void seen.push(event.num) });
  engine.drain(2);
  engine.swap(wanting(0));
  engine.drain();
  expect(seen).toEqual([1, 3, 4]);
  expect(rulesSaw).toEqual([1, 2]);
});
