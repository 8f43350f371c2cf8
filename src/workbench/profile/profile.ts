import { leafTest } from "../../condition/evaluate.ts";
import { foldEventType } from "../../condition/simplify.ts";
import { EVENT_TYPES } from "../../event/code.ts";
import type { Test } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, eventName, type LoadedRule, type Ruleset } from "../../rule/ruleset.ts";
import { type Author, leafOf, type Part } from "../written.ts";
import { Stopwatch } from "./stopwatch.ts";

/** What is counted of a part of one rule's condition. */
export interface Meter {
  readonly part: Part;
  /** How often it was asked, and how often it held. */
  asked: number;
  held: number;
  /** Estimated nanoseconds of all the times that it was asked; what it is made of is not included. */
  readonly own: number;
  readonly parts: readonly Meter[];
}

/** What is counted of a type of event. */
export interface TypeMeter {
  readonly code: number;
  events: number;
  /** Rules and tests that were asked. */
  rules: number;
  tests: number;
  /** Measured on some events, and extrapolated to all of them: nanoseconds of the tests, and of the engine. */
  readonly testTime: number;
  readonly engineTime: number;
}

/** Watches rules being asked. */
export interface Profiler {
  /** Asks all rules about an event, each by itself and part by part. */
  look(event: Observed): void;
  readonly rules: readonly { readonly rule: LoadedRule; readonly meter: Meter }[];
  /** Of the types that came. */
  types(): readonly TypeMeter[];
  /** Of the tests that were asked, those that had been asked on the same event before: the engine asks once. */
  readonly repeated: number;
}

/** Takes the time of tests. */
export type Timing = Pick<Stopwatch, "time" | "calibrate" | "oneIn">;

/** The first events of a type are all measured, of the later ones one in so many. */
const ALL_OF = 64;
const ONE_IN = 16;

/** What a ruleset costs, by rules and their parts. The rules are asked as the engine asks them, but not together. */
export function profiler(ruleset: Ruleset, author: Author, stopwatch: Timing = new Stopwatch()): Profiler {
  const rules = ruleset.rules.map((rule) => {
    const { wanted } = buildRuleset([rule], "all");
    return { rule, meter: meterOf(author.condition(rule)), wanted };
  });
  const concerned: (readonly PartMeter[])[] = Array.from({ length: EVENT_TYPES }, (_, code) =>
    rules.filter(({ wanted }) => wanted[code] === 1).map(({ meter }) => meter),
  );
  const types: (CountedType | undefined)[] = concerned.map(() => undefined);
  const stamps = new Map<string, Stamp>();
  for (const { meter } of rules) stampTests(meter, stamps);
  const engine = matches(ruleset);
  let calibrated = false;
  const run: Run = { weight: 0, type: new CountedType(0), named: false, event: 0, repeated: 0, stopwatch };

  return {
    rules,
    types: () => types.filter((type) => type !== undefined),
    get repeated() {
      return run.repeated;
    },
    look(event) {
      const { type: code } = event;
      let type = types[code];
      if (type === undefined) {
        type = new CountedType(code);
        types[code] = type;
      }
      const meters = concerned[code];
      type.events++;
      if (meters.length === 0) return;
      if (!calibrated) {
        calibrated = true;
        stopwatch.calibrate(meters.flatMap(testsOf).slice(0, MANY), event);
      }
      type.rules += meters.length;
      run.weight = type.events <= ALL_OF ? 1 : stopwatch.oneIn(ONE_IN) ? ONE_IN : 0;
      run.type = type;
      run.named = eventName(code) !== undefined;
      run.event++;
      for (let i = 0; i < meters.length; i++) ask(meters[i], event, run);
      if (run.weight > 0) type.measure(run.weight, stopwatch.time(engine, event));
    },
  };
}

/** The engine itself, as one test. */
function matches(ruleset: Ruleset): Test {
  return (event) => ruleset.match(event).length > 0;
}

/** What holds while one event is asked about. */
interface Run {
  /** How many events this one stands for; 0 where time is not taken. */
  weight: number;
  type: CountedType;
  /** Whether all events of the type have one name: then tests of `evt.type` cost nothing. */
  named: boolean;
  event: number;
  repeated: number;
  readonly stopwatch: Timing;
}

class CountedType implements TypeMeter {
  readonly code: number;
  events = 0;
  rules = 0;
  tests = 0;
  private sampled = 0;
  private engine = 0;
  private measured = 0;

  constructor(code: number) {
    this.code = code;
  }

  /** Adds what one of the event's tests took. */
  addTest(weight: number, nanoseconds: number): void {
    this.measured += weight * nanoseconds;
  }

  /** Adds what the engine took for the event, after all its tests. */
  measure(weight: number, nanoseconds: number): void {
    this.sampled += weight;
    this.engine += weight * nanoseconds;
  }

  get testTime(): number {
    return this.sampled === 0 ? 0 : Math.max(0, this.measured / this.sampled) * this.events;
  }

  get engineTime(): number {
    return this.sampled === 0 ? 0 : (this.engine / this.sampled) * this.events;
  }
}

/** The event on which tests of one key were last asked. */
interface Stamp {
  event: number;
}

class PartMeter implements Meter {
  readonly part: Part;
  readonly parts: readonly PartMeter[];
  asked = 0;
  held = 0;
  readonly test: Test | undefined;
  /** True for tests that the event's type decides where it has one name. */
  readonly byType: boolean;
  stamp: Stamp = { event: 0 };
  private measured = 0;
  private weight = 0;

  constructor(part: Part, parts: readonly PartMeter[]) {
    this.part = part;
    this.parts = parts;
    const leaf = part.kind === "test" ? leafOf(part) : undefined;
    this.test = leaf === undefined ? undefined : leafTest(leaf);
    this.byType = leaf !== undefined && foldEventType("")(leaf) !== undefined;
  }

  measure(weight: number, nanoseconds: number): void {
    this.weight += weight;
    this.measured += weight * nanoseconds;
  }

  get own(): number {
    return this.weight === 0 ? 0 : Math.max(0, this.measured / this.weight) * this.asked;
  }
}

function meterOf(part: Part): PartMeter {
  return new PartMeter(part, part.parts.map(meterOf));
}

/** So many tests are enough to calibrate with. */
const MANY = 32;

function testsOf({ test, parts }: PartMeter): readonly Test[] {
  return test === undefined ? parts.flatMap(testsOf) : [test];
}

/** Tests that the engine would ask once have one stamp. */
function stampTests(meter: PartMeter, stamps: Map<string, Stamp>): void {
  for (const part of meter.parts) stampTests(part, stamps);
  if (meter.test === undefined) return;
  const { key } = leafOf(meter.part);
  const stamp = stamps.get(key) ?? meter.stamp;
  stamps.set(key, stamp);
  meter.stamp = stamp;
}

function ask(meter: PartMeter, event: Observed, run: Run): boolean {
  meter.asked++;
  const { parts, test } = meter;
  let holds: boolean;
  if (test !== undefined) holds = askTest(meter, test, event, run);
  else if (meter.part.kind === "and") {
    holds = true;
    for (let i = 0; i < parts.length && holds; i++) holds = ask(parts[i], event, run);
  } else if (meter.part.kind === "or") {
    holds = false;
    for (let i = 0; i < parts.length && !holds; i++) holds = ask(parts[i], event, run);
  } else {
    holds = ask(parts[0], event, run) !== (meter.part.kind === "not");
  }
  if (holds) meter.held++;
  return holds;
}

function askTest(meter: PartMeter, test: Test, event: Observed, run: Run): boolean {
  const holds = test(event);
  const free = meter.byType && run.named;
  if (!free) {
    run.type.tests++;
    if (meter.stamp.event === run.event) run.repeated++;
    else meter.stamp.event = run.event;
  }
  const { weight } = run;
  if (weight > 0) {
    const nanoseconds = free ? 0 : run.stopwatch.time(test, event);
    meter.measure(weight, nanoseconds);
    run.type.addTest(weight, nanoseconds);
  }
  return holds;
}
