import { signal } from "@preact/signals";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { Cancelled, type EngineClient } from "./engine-client.ts";
import { type ExplainTarget, MAX_MATCHES, type Match, type RuleScope, type RunResult } from "./protocol.ts";

/** A run of rules on a capture. */
export interface Run {
  readonly state: "running" | "done" | "stopped" | "failed";
  readonly events: number;
  /** Number of bytes of the capture that were read. */
  readonly bytes: number;
  /** Size of the capture in bytes. */
  readonly size: number;
  readonly count: number;
  readonly matches: readonly Match[];
  /** Edited rule file at the time of the run. Explanations of the run use the same file. */
  readonly edited: RuleFile;
  readonly capture: Blob;
  readonly result?: RunResult;
  readonly failure?: string;
}

/** A requested explanation. `json` and `failure` are undefined until the reply arrives. */
export interface Explanation {
  readonly target: ExplainTarget;
  readonly json?: string;
  readonly failure?: string;
}

/** The last run; undefined before the first run. */
export const lastRun = signal<Run | undefined>(undefined);
export const explanation = signal<Explanation | undefined>(undefined);

let runController = new AbortController();
let explainController = new AbortController();

/** Runs rules on a capture, after stopping the previous run. */
export async function startRun(engine: EngineClient, edited: RuleFile, capture: Blob, scope: RuleScope): Promise<void> {
  stopRun();
  cancelExplanation();
  const controller = new AbortController();
  runController = controller;
  const matches: Match[] = [];
  lastRun.value = { state: "running", events: 0, bytes: 0, size: capture.size, count: 0, matches, edited, capture };
  const update = (change: Partial<Run>): void => {
    if (runController === controller && lastRun.value !== undefined) lastRun.value = { ...lastRun.value, ...change };
  };
  try {
    const result = await engine.request(
      { kind: "run", edited, capture, scope },
      {
        signal: controller.signal,
        onProgress({ events, bytes, count, matches: more }) {
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

export function stopRun(): void {
  runController.abort();
}

/** Explains an event of the last run's capture with the rules of that run. */
export async function explain(engine: EngineClient, target: ExplainTarget): Promise<void> {
  cancelExplanation();
  const controller = new AbortController();
  explainController = controller;
  if (lastRun.value === undefined) return;
  const { edited, capture } = lastRun.value;
  explanation.value = { target };
  const isCurrent = (): boolean => explainController === controller;
  try {
    const { json } = await engine.request({ kind: "explain", edited, capture, target }, { signal: controller.signal });
    if (isCurrent()) explanation.value = { target, json };
  } catch (error) {
    if (isCurrent() && !(error instanceof Cancelled)) explanation.value = { target, failure: messageOf(error) };
  }
}

function cancelExplanation(): void {
  explainController.abort();
  explanation.value = undefined;
}
