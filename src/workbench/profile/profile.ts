import { leafTest } from "../../condition/evaluate.ts";
import { foldEventType } from "../../condition/simplify.ts";
import { EVENT_TYPES } from "../../event/code.ts";
import type { Test } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, eventName, type LoadedRule, type Ruleset } from "../../rule/ruleset.ts";
import { type ConditionTrees, leafOf, type Part } from "../condition-tree.ts";
import { itemAt } from "../item-at.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Counters of a part of a condition. */
export interface Meter {
  readonly part: Part;
  /** Number of evaluations. */
  asked: number;
  held: number;
  /** Estimated time of all evaluations in nanoseconds, excluding the time of nested parts. */
  readonly own: number;
  readonly parts: readonly Meter[];
}

/** Counters of an event type. */
export interface TypeMeter {
  readonly code: number;
  events: number;
  /** Number of evaluations of rules on events of this type. */
  rules: number;
  tests: number;
  /** Time of the tests and of the engine in nanoseconds, extrapolated from a sample of events. */
  readonly testTime: number;
  readonly engineTime: number;
}

/** Measures the evaluation of rules. */
export interface Profiler {
  /** Evaluates the rules for the type of an event, one by one and part by part. */
  look(event: Observed): void;
  readonly rules: readonly { readonly rule: LoadedRule; readonly meter: Meter }[];
  /** Returns the counters of the event types that occurred. */
  types(): readonly TypeMeter[];
  /** Number of evaluations of tests that had already run on the same event. The engine runs each test once. */
  readonly repeated: number;
}

/** Measures the time of tests. */
export type Timing = Pick<Stopwatch, "time" | "calibrate" | "oneIn">;

/** For each event type, the first `ALL_OF` events are measured, and then one in `ONE_IN` events. */
const ALL_OF = 64;
const ONE_IN = 16;

/** Measures a ruleset by rule and part. Unlike in the engine, rules do not share tests. */
export function profiler(ruleset: Ruleset, author: ConditionTrees, stopwatch: Timing = new Stopwatch()): Profiler {
  const rules = ruleset.rules.map((rule) => {
    const { wanted } = buildRuleset([rule], "all");
    return { rule, meter: meterOf(author.of(rule)), wanted };
  });
  const metersByType: (readonly PartMeter[])[] = Array.from({ length: EVENT_TYPES }, (_, code) =>
    rules.filter(({ wanted }) => wanted[code] === 1).map(({ meter }) => meter),
  );
  const types: (CountedType | undefined)[] = metersByType.map(() => undefined);
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
      const meters = metersByType[code] ?? [];
      type.events++;
      if (meters.length === 0) return;
      if (!calibrated) {
        calibrated = true;
        stopwatch.calibrate(meters.flatMap(testsOf).slice(0, MAX_TESTS), event);
      }
      type.rules += meters.length;
      run.weight = type.events <= ALL_OF ? 1 : stopwatch.oneIn(ONE_IN) ? ONE_IN : 0;
      run.type = type;
      run.named = eventName(code) !== undefined;
      run.event++;
      for (const meter of meters) evaluate(meter, event, run);
      if (run.weight > 0) type.measure(run.weight, stopwatch.time(engine, event));
    },
  };
}

/** Returns a test that evaluates the whole ruleset with the engine. */
function matches(ruleset: Ruleset): Test {
  return (event) => ruleset.match(event).length > 0;
}

/** State of the evaluation of one event. */
interface Run {
  /** Number of events that this sample represents; 0 if it is not measured. */
  weight: number;
  type: CountedType;
  /** Whether all events of the type have one name, so tests of `evt.type` cost nothing. */
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

  /** Adds the time of a test. */
  addTest(weight: number, nanoseconds: number): void {
    this.measured += weight * nanoseconds;
  }

  /** Adds the time of the engine for an event. */
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

/** The last event on which a test ran; shared by equal tests. */
interface Stamp {
  event: number;
}

class PartMeter implements Meter {
  readonly part: Part;
  readonly parts: readonly PartMeter[];
  asked = 0;
  held = 0;
  readonly test: Test | undefined;
  /** Whether the event type alone decides the result. */
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

/** Maximum number of tests for the calibration. */
const MAX_TESTS = 32;

function testsOf({ test, parts }: PartMeter): readonly Test[] {
  return test === undefined ? parts.flatMap(testsOf) : [test];
}

/** Assigns the same stamp to equal tests, because the engine runs equal tests once. */
function stampTests(meter: PartMeter, stamps: Map<string, Stamp>): void {
  for (const part of meter.parts) stampTests(part, stamps);
  if (meter.test === undefined) return;
  const { key } = leafOf(meter.part);
  const stamp = stamps.get(key) ?? meter.stamp;
  stamps.set(key, stamp);
  meter.stamp = stamp;
}

function evaluate(meter: PartMeter, event: Observed, run: Run): boolean {
  meter.asked++;
  const { parts, test } = meter;
  let holds: boolean;
  if (test !== undefined) holds = evaluateTest(meter, test, event, run);
  else if (meter.part.kind === "and") {
    holds = parts.every((part) => evaluate(part, event, run));
  } else if (meter.part.kind === "or") {
    holds = parts.some((part) => evaluate(part, event, run));
  } else {
    holds = evaluate(itemAt(parts, 0), event, run) !== (meter.part.kind === "not");
  }
  if (holds) meter.held++;
  return holds;
}

function evaluateTest(meter: PartMeter, test: Test, event: Observed, run: Run): boolean {
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
