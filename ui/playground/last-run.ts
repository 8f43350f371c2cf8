import { signal } from "@preact/signals";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import { messageOf } from "../shell/resource.ts";
import { Cancelled, type EngineClient } from "./engine-client.ts";
import { type ExplainTarget, MAX_MATCHES, type Match, type RuleScope, type RunResult } from "./protocol.ts";

/** What a run has come to. */
export interface Run {
  readonly state: "running" | "done" | "stopped" | "failed";
  readonly events: number;
  readonly bytes: number;
  /** Bytes of the whole capture. */
  readonly size: number;
  readonly count: number;
  readonly matches: readonly Match[];
  /** The text that judged: explanations are about this one. */
  readonly edited: RuleFile;
  readonly capture: Blob;
  readonly result?: RunResult;
  readonly failure?: string;
}

/** What was explained, or is about to be. */
export interface ExplanationRequest {
  readonly wish: ExplainTarget;
  readonly json?: string;
  readonly failure?: string;
}

/** The last run; undefined before the first. */
export const lastRun = signal<Run | undefined>(undefined);
export const explanation = signal<ExplanationRequest | undefined>(undefined);

let given = new AbortController();
let asked = new AbortController();

/** Holds a capture against the edited rules. What ran before is given up. */
export async function startRun(bench: EngineClient, edited: RuleFile, capture: Blob, scope: RuleScope): Promise<void> {
  stopRun();
  cancelExplanation();
  const own = new AbortController();
  given = own;
  const matches: Match[] = [];
  lastRun.value = { state: "running", events: 0, bytes: 0, size: capture.size, count: 0, matches, edited, capture };
  const update = (change: Partial<Run>): void => {
    if (given === own && lastRun.value !== undefined) lastRun.value = { ...lastRun.value, ...change };
  };
  try {
    const result = await bench.request(
      { ask: "run", edited, capture, scope },
      {
        signal: own.signal,
        progress({ events, bytes, count, matches: more }) {
          matches.push(...more.slice(0, MAX_MATCHES - matches.length));
          update({ events, bytes, count, matches: [...matches] });
        },
      },
    );
    update({ state: "done", result, events: result.events, count: result.count });
  } catch (error) {
    update(error instanceof Cancelled ? { state: "stopped" } : { state: "failed", failure: messageOf(error) });
  }
}

/** Gives up the run that goes on. */
export function stopRun(): void {
  given.abort();
}

/** Explains an event of the last run's capture by the rules that judged it. */
export async function explain(bench: EngineClient, target: ExplainTarget): Promise<void> {
  cancelExplanation();
  const own = new AbortController();
  asked = own;
  if (lastRun.value === undefined) return;
  const { edited, capture } = lastRun.value;
  explanation.value = { wish: target };
  try {
    const { json } = await bench.request({ ask: "explain", edited, capture, target }, { signal: own.signal });
    if (asked === own) explanation.value = { wish: target, json };
  } catch (error) {
    if (asked === own && !(error instanceof Cancelled)) explanation.value = { wish: target, failure: messageOf(error) };
  }
}

export function cancelExplanation(): void {
  asked.abort();
  explanation.value = undefined;
}
