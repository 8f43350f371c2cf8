import { EventCode } from "../../event/code.ts";
import type { EventType } from "../../event/schema.ts";
import { type ParamValue, writeEvent } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import type { Source } from "../../source/source.ts";
import { type Reading, TestFault } from "../reading.ts";
import type { Accounts } from "./accounts.ts";
import { parametersOf, remember } from "./call.ts";
import { duration } from "./duration.ts";
import { COMMON, isExec, isFork, shorthand, typeOf } from "./event-type.ts";
import { exec } from "./exec.ts";
import { fork } from "./fork.ts";
import { Processes, type ScriptedProcess } from "./processes.ts";
import { scriptSource } from "./script-source.ts";
import type { CallContext } from "./value.ts";

/** Thread ID of events without a process. */
const NO_THREAD = -1;

/** An event of a test in its binary form. */
export interface ScriptedEvent {
  readonly bytes: Uint8Array;
  /** Whether the event was generated to update the machine state only; rules are not evaluated on it. */
  readonly hidden: boolean;
  /** Name of the event in the test. */
  readonly name: string;
  readonly place: Location;
}

/** Default start time of a test: 2026-01-05 12:00:00 UTC, a Monday. */
const BEGIN = 1_767_614_400_000_000_000n;
const STEP = 1_000_000n;

/** Builds the events of a test as the sensor would record them. */
export class Script {
  readonly processes: Processes;
  readonly accounts: Accounts;
  readonly events: ScriptedEvent[] = [];
  private time = BEGIN;
  private current: ScriptedProcess | undefined = undefined;

  constructor(accounts: Accounts, processes: ReadonlyMap<string, Reading>) {
    this.accounts = accounts;
    this.processes = new Processes(accounts, processes, () => this.time);
  }

  /** Time of the current event, nanoseconds since the epoch. */
  get now(): bigint {
    return this.time;
  }

  begin(time: bigint): void {
    this.time = time;
  }

  /** Sets the process of the following events, until an event specifies another process. */
  process(reading: Reading): void {
    this.current = this.processes.process(reading);
  }

  /** Adds an entry of `events`. */
  step(reading: Reading): void {
    const entries = reading.entries("An event");
    const outer = new Map(entries.filter(({ key }) => COMMON.includes(key)).map(({ key, value }) => [key, value]));
    const calls = entries.filter(({ key }) => !outer.has(key) && key !== "wait");
    const wait = entries.find(({ key }) => key === "wait");
    if (wait !== undefined) this.time += duration(wait.value, '"wait"');
    if (calls.length === 0 && wait !== undefined && outer.size === 0) return;
    const [call] = calls;
    if (call === undefined || calls.length !== 1) {
      throw reading.fault("An event must be one call, as in openat: {path: /etc/shadow}.");
    }
    const { key: name, keyLocation, value } = call;
    const type = typeOf(name, keyLocation);
    const keys = value.isMapping || value.isNull ? value.keyed(name) : shorthand(name, type, value);
    for (const [key, common] of outer) keys.set(key, common);
    const after = keys.get("after");
    if (after !== undefined) this.time += duration(after, '"after"');
    this.time += STEP;
    this.call(name, type, keys, value.isNull ? reading : value, keyLocation);
  }

  private call(name: string, type: EventType, keys: Map<string, Reading>, whole: Reading, place: Location): void {
    const by = keys.get("by");
    for (const key of COMMON) if (key !== "as" && key !== "result") keys.delete(key);
    if (isExec(type)) {
      const process = by === undefined ? undefined : this.processes.process(by);
      this.current = exec(
        this,
        type,
        keys,
        process ?? (keys.has("parent") || keys.has("ancestors") ? undefined : this.current),
        place,
      );
      return;
    }
    const process = by === undefined ? (this.current ?? this.processes.defaultProcess()) : this.processes.process(by);
    this.current = process;
    if (isFork(type)) {
      fork(this, type, keys, process, place);
      return;
    }
    const calling: CallContext = { processes: this.processes, process, event: name };
    const values = parametersOf(this, type, keys, calling, whole, place);
    this.write(type.code, process, values, name, place);
    remember(process, type, values);
    if (type.code === EventCode.PROCEXIT_1_E) this.current = undefined;
  }

  /** Adds an event with its parameters. */
  write(
    code: number,
    process: ScriptedProcess,
    values: readonly ParamValue[],
    name: string,
    place: Location,
    hidden = false,
  ): void {
    let bytes: Uint8Array;
    try {
      const tid = code === EventCode.CONTAINER_JSON_2_E || code === EventCode.ASYNCEVENT_E ? NO_THREAD : process.pid;
      bytes = writeEvent(code, tid, this.time, values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TestFault(`Invalid event: ${error.message}.`, place);
    }
    this.events.push({ bytes, hidden, name, place });
  }

  /** Returns all events as an event source. */
  source(): Source {
    return scriptSource(this.events, this.processes.all, this.accounts);
  }
}
