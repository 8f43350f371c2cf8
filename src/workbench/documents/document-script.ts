import type { JsonObject } from "../../event/document.ts";
import type { Location } from "../../rule/location.ts";
import { type Reading, unknown } from "../reading.ts";
import type { Actor } from "../script/cast.ts";
import { duration } from "../script/duration.ts";
import type { Script } from "../script/script.ts";
import { AUDIT_VERBS, auditEvents } from "./audit.ts";
import { changed } from "./change.ts";
import { objectOf } from "./json.ts";

/** A document of a test, ready to be judged. */
export interface WrittenDocument {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly value: JsonObject;
  /** The process whose doing it is, where the test says so. */
  readonly actor: Actor | undefined;
  /** What the test calls it. */
  readonly name: string;
  readonly place: Location;
}

const DOCUMENT = "document";
const STEP = 1_000_000n;

/** Writes down the documents that a test speaks of. */
export class DocumentScript {
  readonly events: WrittenDocument[] = [];
  /** Where the processes live whose doing they are. */
  readonly machine: Script;
  private readonly source: string;
  private readonly bases: ReadonlyMap<string, Reading>;
  private time: bigint;

  /**
   * @param bases documents that the test gave names
   * @param machine tells the time at which the test begins
   */
  constructor(source: string, bases: ReadonlyMap<string, Reading>, machine: Script) {
    this.source = source;
    this.bases = bases;
    this.machine = machine;
    this.time = machine.now;
  }

  /** Adds one entry of `events`: one document, or what an API server tells of one request. */
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
      throw reading.fault(`An event is one document by its name, as in ${this.example()}.`);
    }
    const [name, words] = event;
    this.time += STEP;
    const actor = by && this.machine.cast.actor(by);
    const place = words.isMapping ? words.place : reading.place;
    for (const value of this.documents(name, words, reading)) {
      this.events.push({ time: this.time, value, actor, name, place });
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
