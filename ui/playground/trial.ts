import { signal } from "@preact/signals";
import type { RuleFile } from "../../src/api/schemas/rule.ts";
import { sentence } from "../shell/resource.ts";
import { type Bench, Stopped } from "./bench.ts";
import { type Judged, type Match, MOST_MATCHES, type RunResult, type Wish } from "./protocol.ts";

/** What a run has come to. */
export interface Trial {
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
export interface Explaining {
  readonly wish: Wish;
  readonly json?: string;
  readonly failure?: string;
}

/** The last run; undefined before the first. */
export const trial = signal<Trial | undefined>(undefined);
export const explaining = signal<Explaining | undefined>(undefined);

let given = new AbortController();
let asked = new AbortController();

/** Holds a capture against the edited rules. What ran before is given up. */
export async function tryOut(bench: Bench, edited: RuleFile, capture: Blob, judged: Judged): Promise<void> {
  stop();
  giveUpExplanation();
  const own = new AbortController();
  given = own;
  const matches: Match[] = [];
  trial.value = { state: "running", events: 0, bytes: 0, size: capture.size, count: 0, matches, edited, capture };
  const update = (change: Partial<Trial>): void => {
    if (given === own && trial.value !== undefined) trial.value = { ...trial.value, ...change };
  };
  try {
    const result = await bench.ask(
      { ask: "run", edited, capture, judged },
      {
        signal: own.signal,
        progress({ events, bytes, count, matches: more }) {
          matches.push(...more.slice(0, MOST_MATCHES - matches.length));
          update({ events, bytes, count, matches: [...matches] });
        },
      },
    );
    update({ state: "done", result, events: result.events, count: result.count });
  } catch (error) {
    update(error instanceof Stopped ? { state: "stopped" } : { state: "failed", failure: sentence(error) });
  }
}

/** Gives up the run that goes on. */
export function stop(): void {
  given.abort();
}

/** Explains an event of the last run's capture by the rules that judged it. */
export async function explain(bench: Bench, wish: Wish): Promise<void> {
  giveUpExplanation();
  const own = new AbortController();
  asked = own;
  if (trial.value === undefined) return;
  const { edited, capture } = trial.value;
  explaining.value = { wish };
  try {
    const { json } = await bench.ask({ ask: "explain", edited, capture, wish }, { signal: own.signal });
    if (asked === own) explaining.value = { wish, json };
  } catch (error) {
    if (asked === own && !(error instanceof Stopped)) explaining.value = { wish, failure: sentence(error) };
  }
}

export function giveUpExplanation(): void {
  asked.abort();
  explaining.value = undefined;
}
