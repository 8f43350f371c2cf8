import type { Component, MachineFacts, Output } from "../../machines/known-machine.ts";
import { at, listAt } from "./json.ts";

/** Maximum number of characters per text, and maximum number of components and outputs. Documents are untrusted. */
const MAX_NAME = 255;
const MAX_TEXT = 500;
const MAX_LISTED = 50;
/** End of the year 9999, in milliseconds since the epoch. */
const LAST_TIME = 253_402_300_799_999;

/** Reads the content of a document. Missing and invalid values become `null` or empty. Long texts are shortened. */
export function machineFacts(source: unknown): MachineFacts {
  const text = (...way: readonly string[]): string => shortText(at(source, ...way), MAX_NAME);
  const eyas = (...way: readonly string[]): unknown => at(source, "eyas", ...way);
  return {
    time: timeIn(at(source, "@timestamp")) ?? 0,
    hostname: text("host", "name"),
    version: text("agent", "version"),
    kernel: text("host", "os", "kernel"),
    architecture: text("host", "architecture"),
    started: timeIn(eyas("started")),
    uptime: countIn(eyas("uptime")),
    sensor: text("eyas", "sensor"),
    health: listAt(source, "eyas", "health").slice(0, MAX_LISTED).map(componentIn),
    rules: {
      digest: text("eyas", "rules", "digest"),
      files: text("eyas", "rules", "files"),
      number: countIn(eyas("rules", "number")),
      loaded: timeIn(eyas("rules", "loaded")),
    },
    rate: numberIn(eyas("events", "rate")),
    events: countIn(eyas("events", "total")),
    dropped: countIn(eyas("events", "dropped")),
    droppedRecently: countIn(eyas("events", "dropped_recently")),
    lastDropped: timeIn(eyas("events", "last_dropped")),
    lag: numberIn(eyas("events", "lag")),
    outputs: listAt(source, "eyas", "outputs").slice(0, MAX_LISTED).map(outputIn),
    backlog: countIn(eyas("backlog")),
    outputLag: numberIn(eyas("output_lag")),
    memory: countIn(eyas("memory")),
    cpu: numberIn(eyas("cpu")),
    lastError: shortText(eyas("last_error", "message"), MAX_TEXT),
    lastErrorTime: timeIn(eyas("last_error", "time")),
    lastCanary: timeIn(eyas("last_canary")),
    lastAlert: timeIn(eyas("last_alert")),
  };
}

function componentIn(value: unknown): Component {
  return {
    name: shortText(at(value, "name"), MAX_NAME),
    state: shortText(at(value, "state"), MAX_NAME),
    reason: shortText(at(value, "reason"), MAX_TEXT),
    since: timeIn(at(value, "since")),
  };
}

function outputIn(value: unknown): Output {
  return {
    name: shortText(at(value, "name"), MAX_NAME),
    state: shortText(at(value, "state"), MAX_NAME),
    backlog: countIn(at(value, "backlog")),
    lag: numberIn(at(value, "lag")),
  };
}

/** Text of at most `most` characters. The last character is an ellipsis if the text was longer. */
export function shortText(value: unknown, most: number): string {
  if (typeof value !== "string") return "";
  const short = value.length <= most ? value : `${value.slice(0, most - 1)}…`;
  return short.toWellFormed();
}

/** A non-negative number that JavaScript can represent. */
export function numberIn(value: unknown): number | null {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}

export function countIn(value: unknown): number | null {
  const number = numberIn(value);
  return number === null ? null : Math.round(number);
}

function timeIn(value: unknown): number | null {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT[\d:.]{5,20}Z$/.test(value)) return null;
  const time = Date.parse(value);
  return time >= 0 && time <= LAST_TIME ? time : null;
}
