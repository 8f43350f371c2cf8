import type { JsonObject } from "../../event/document.ts";
import type { Location } from "../../rule/location.ts";
import { type Reading, unknown } from "../reading.ts";
import { duration } from "../script/duration.ts";
import type { ScriptedProcess } from "../script/processes.ts";
import type { Script } from "../script/script.ts";
import { AUDIT_VERBS, auditEvents } from "./audit.ts";
import { changed } from "./change.ts";
import { objectOf } from "./json.ts";

/** A document of a test, ready for evaluation. */
export interface ScriptedDocument {
  /** Time of the event, nanoseconds since the epoch. */
  readonly time: bigint;
  readonly value: JsonObject;
  /** The process that caused the event; undefined if the test does not specify one. */
  readonly process: ScriptedProcess | undefined;
  /** Name of the event in the test. */
  readonly name: string;
  readonly place: Location;
}

const DOCUMENT = "document";
const STEP = 1_000_000n;

/** Builds the documents of a test. */
export class DocumentScript {
  readonly events: ScriptedDocument[] = [];
  /** The machine, with the processes that caused the events. */
  readonly machine: Script;
  private readonly source: string;
  private readonly bases: ReadonlyMap<string, Reading>;
  private time: bigint;

  /**
   * @param bases documents that the test defines by name
   * @param machine machine with the start time of the test
   */
  constructor(source: string, bases: ReadonlyMap<string, Reading>, machine: Script) {
    this.source = source;
    this.bases = bases;
    this.machine = machine;
    this.time = machine.now;
  }

  /** Adds an entry of `events`: a document, or the audit events of a request. */
  step(reading: Reading): void {
    const keys = reading.keyed("An event");
    for (const [key, what] of PAUSES) {
      const pause = keys.get(key);
      if (pause !== undefined) this.time += duration(pause, what);
      keys.delete(key);
    }
    const by = keys.get("by");
    keys.delete("by");
    if (keys.size === 0 && by === undefined) return;
    const [event, second] = keys;
    if (event === undefined || second !== undefined) {
      throw reading.fault(`An event must be one document, as in ${this.example()}.`);
    }
    const [name, words] = event;
    this.time += STEP;
    const process = by && this.machine.processes.process(by);
    const place = words.isMapping ? words.place : reading.place;
    for (const value of this.documents(name, words, reading)) {
      this.events.push({ time: this.time, value, process, name, place });
    }
  }

  private documents(name: string, words: Reading, reading: Reading): readonly JsonObject[] {
    const base = this.bases.get(name);
    if (base !== undefined) {
      const whole = objectOf(base, `Document "${name}"`);
      return [words.isNull ? whole : changed(whole, objectOf(words, name), words.place)];
    }
    if (name === DOCUMENT) return [changed(undefined, objectOf(words, "A document"), words.place)];
    const audit = this.source === "k8s_audit";
    if (audit && AUDIT_VERBS.includes(name)) return auditEvents(name, words, this.events.length + 1, this.time);
    throw unknown(name, [...this.bases.keys(), DOCUMENT, ...(audit ? AUDIT_VERBS : [])], "document", reading.place);
  }

  private example(): string {
    return this.source === "k8s_audit" ? "get: {resource: secrets}" : "document: {host: a}";
  }
}

const PAUSES: readonly (readonly [key: string, what: string])[] = [
  ["wait", '"wait"'],
  ["after", '"after"'],
];
