import { eventTypes } from "../../event/types.ts";
import type { Location } from "../../rule/location.ts";
import { itemAt } from "../item-at.ts";
import type { Meter, Profiler, TypeMeter } from "./profile.ts";

/** A row of a profile. Times are in nanoseconds. */
export interface ProfileRow {
  /** Name of a rule or macro, or source text of a test. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** The enclosing macro or rule of a test. */
  readonly within: string;
  readonly asked: number;
  readonly held: number;
  readonly time: number;
  /** Share of the time of all tests. */
  readonly share: number;
}

/** Cost of an event type. */
export interface TypeRow {
  readonly name: string;
  readonly events: number;
  /** Number of evaluations of rules on events of this type. */
  readonly rules: number;
  readonly tests: number;
  readonly time: number;
  readonly share: number;
}

/** A complete profile; lists are sorted by time, most expensive first. */
export interface Profile {
  /** Number of all events. */
  readonly events: number;
  readonly concerned: number;
  readonly tests: number;
  /** Number of evaluations of tests that had already run on the same event. */
  readonly repeated: number;
  /** Time of all tests when rules are evaluated one by one. */
  readonly time: number;
  /** Time of the engine, which evaluates rules together. */
  readonly engineTime: number;
  readonly rules: readonly ProfileRow[];
  readonly macros: readonly ProfileRow[];
  readonly lines: readonly ProfileRow[];
  readonly types: readonly TypeRow[];
}

/** @param events number of events, including types that no rule evaluates */
export function profileOf({ rules, types, repeated }: Profiler, events: number): Profile {
  const sums = { rules: new Map<string, Sum>(), macros: new Map<string, Sum>(), lines: new Map<string, Sum>() };
  for (const { rule, meter } of rules) {
    sumOf(sums.rules, rule.name, rule.name, rule.definition.place, "").add(meter, inclusive(meter));
    walk(meter, rule.name, sums);
  }
  const seen = types();
  const time = total(seen, ({ testTime }) => testTime);
  const rows = (of: ReadonlyMap<string, Sum>) => [...of.values()].map((sum) => sum.row(time)).sort(byTime);
  return {
    events,
    concerned: total(seen, ({ rules: evaluations, events: n }) => (evaluations > 0 ? n : 0)),
    tests: total(seen, ({ tests }) => tests),
    repeated,
    time,
    engineTime: total(seen, ({ engineTime }) => engineTime),
    rules: rows(sums.rules),
    macros: rows(sums.macros),
    lines: rows(sums.lines),
    types: seen.map((type) => typeRow(type, time)).sort(byTime),
  };
}

interface Sums {
  readonly macros: Map<string, Sum>;
  readonly lines: Map<string, Sum>;
}

/** Adds up evaluations and time over all rules: for tests by position, and for macros by name. */
function walk(meter: Meter, within: string, sums: Sums): void {
  const { part, parts } = meter;
  if (part.kind === "macro") {
    sumOf(sums.macros, part.name, part.name, itemAt(parts, 0).part.place, "").add(meter, inclusive(meter));
  } else if (part.kind === "test") {
    const key = `${part.place.file.name}:${part.place.offset}:${part.text}`;
    sumOf(sums.lines, key, part.text, part.place, within).add(meter, meter.own);
  }
  for (const one of parts) walk(one, part.kind === "macro" ? part.name : within, sums);
}

class Sum {
  private readonly name: string;
  private readonly place: Location;
  private readonly within: string;
  private asked = 0;
  private held = 0;
  private time = 0;

  constructor(name: string, place: Location, within: string) {
    this.name = name;
    this.place = place;
    this.within = within;
  }

  add({ asked, held }: Meter, time: number): void {
    this.asked += asked;
    this.held += held;
    this.time += time;
  }

  row(all: number): ProfileRow {
    const { name, place, within, asked, held, time } = this;
    const { line } = place.position();
    return { name, file: place.file.name, line, within, asked, held, time, share: part(time, all) };
  }
}

function sumOf(sums: Map<string, Sum>, key: string, name: string, place: Location, within: string): Sum {
  const known = sums.get(key) ?? new Sum(name, place, within);
  sums.set(key, known);
  return known;
}

function inclusive({ own, parts }: Meter): number {
  return parts.reduce((sum, one) => sum + inclusive(one), own);
}

function typeRow({ code, events, rules, tests, testTime: time }: TypeMeter, all: number): TypeRow {
  const { name, enter } = itemAt(eventTypes, code);
  return { name: enter ? `${name} (enter)` : name, events, rules, tests, time, share: part(time, all) };
}

function total(types: readonly TypeMeter[], of: (type: TypeMeter) => number): number {
  return types.reduce((sum, type) => sum + of(type), 0);
}

function part(of: number, all: number): number {
  return all === 0 ? 0 : of / all;
}

function byTime(a: { readonly time: number }, b: { readonly time: number }): number {
  return b.time - a.time;
}
