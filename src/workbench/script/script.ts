import { EventCode } from "../../event/code.ts";
import type { EventType } from "../../event/schema.ts";
import { type ParamValue, writeEvent } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import type { Source } from "../../source/source.ts";
import { type Reading, TestFault } from "../reading.ts";
import { parametersOf, remember } from "./call.ts";
import { type Actor, Cast } from "./cast.ts";
import { duration } from "./duration.ts";
import { COMMON, isExec, isFork, shorthand, typeOf } from "./event-type.ts";
import { exec } from "./exec.ts";
import { fork } from "./fork.ts";
import type { People } from "./people.ts";
import { scriptSource } from "./script-source.ts";
import type { Calling } from "./value.ts";

/** An event of a test, ready to be read. */
export interface Written {
  readonly bytes: Uint8Array;
  /** Made up so that the state is right; rules don't see it. */
  readonly hidden: boolean;
  /** What the test calls it. */
  readonly name: string;
  readonly place: Location;
}

/** Where the time of a test begins unless it says otherwise: 2026-01-05 12:00:00 UTC, a Monday. */
const BEGIN = 1_767_614_400_000_000_000n;
const STEP = 1_000_000n;

/** Writes down, as a machine would tell them, the events that a test speaks of. */
export class Script {
  readonly cast: Cast;
  readonly people: People;
  readonly events: Written[] = [];
  private time = BEGIN;
  private current: Actor | undefined = undefined;

  constructor(people: People, processes: ReadonlyMap<string, Reading>) {
    this.people = people;
    this.cast = new Cast(people, processes, () => this.time);
  }

  /** The time of the event at hand: nanoseconds since the epoch. */
  get now(): bigint {
    return this.time;
  }

  begin(time: bigint): void {
    this.time = time;
  }

  /** Who acts until another process is named. */
  actor(reading: Reading): void {
    this.current = this.cast.actor(reading);
  }

  /** Adds one entry of `events`. */
  step(reading: Reading): void {
    const entries = reading.entries("An event");
    const outer = new Map(entries.filter(({ key }) => COMMON.includes(key)).map(({ key, value }) => [key, value]));
    const calls = entries.filter(({ key }) => !outer.has(key) && key !== "wait");
    const wait = entries.find(({ key }) => key === "wait");
    if (wait !== undefined) this.time += duration(wait.value, '"wait"');
    if (calls.length === 0 && wait !== undefined && outer.size === 0) return;
    if (calls.length !== 1) {
      throw reading.fault("An event is one call by its name: openat: {path: /etc/shadow}.");
    }
    const [{ key: name, keyPlace, value }] = calls;
    const type = typeOf(name, keyPlace);
    const keys = value.isMapping || value.isNull ? value.keyed(name) : shorthand(name, type, value);
    for (const [key, common] of outer) keys.set(key, common);
    const after = keys.get("after");
    if (after !== undefined) this.time += duration(after, '"after"');
    this.time += STEP;
    this.call(name, type, keys, value.isNull ? reading : value, keyPlace);
  }

  private call(name: string, type: EventType, keys: Map<string, Reading>, whole: Reading, place: Location): void {
    const by = keys.get("by");
    for (const key of COMMON) if (key !== "as" && key !== "result") keys.delete(key);
    if (isExec(type)) {
      const actor = by === undefined ? undefined : this.cast.actor(by);
      this.current = exec(
        this,
        type,
        keys,
        actor ?? (keys.has("parent") || keys.has("ancestors") ? undefined : this.current),
        place,
      );
      return;
    }
    const actor = by === undefined ? (this.current ?? this.cast.anybody()) : this.cast.actor(by);
    this.current = actor;
    if (isFork(type)) {
      fork(this, type, keys, actor, place);
      return;
    }
    const calling: Calling = { cast: this.cast, actor, event: name };
    const values = parametersOf(this, type, keys, calling, whole, place);
    this.write(type.code, actor, values, name, place);
    remember(actor, type, values);
    if (type.code === EventCode.PROCEXIT_1_E) this.current = undefined;
  }

  /** Adds an event by its parameters. */
  write(
    code: number,
    actor: Actor,
    values: readonly ParamValue[],
    name: string,
    place: Location,
    hidden = false,
  ): void {
    let bytes: Uint8Array;
    try {
      bytes = writeEvent(code, actor.pid, this.time, values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TestFault(`This can't be an event: ${error.message}.`, place);
    }
    this.events.push({ bytes, hidden, name, place });
  }

  /** All of it as a source of events. */
  source(): Source {
    return scriptSource(this.events, this.cast.actors, this.people);
  }
}
