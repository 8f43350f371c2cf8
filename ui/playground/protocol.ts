// What the page and the playground's worker say to each other. Everything is plain data, so that it can be posted.
import type { RuleFile, RuleFiles } from "../../src/api/schemas/rule.ts";

/** Requests to the worker. It has the loaded rule files from `open`. */
export type EngineRequest =
  /** Takes the rule files that the edited text is put on top of, in their order. */
  | { readonly ask: "open"; readonly base: RuleFiles; readonly hostname: string }
  | { readonly ask: "check"; readonly edited: RuleFile }
  | { readonly ask: "run"; readonly edited: RuleFile; readonly capture: Blob; readonly scope: RuleScope }
  | { readonly ask: "explain"; readonly edited: RuleFile; readonly capture: Blob; readonly target: ExplainTarget };

/** Which rules judge: those that the edited text defines or changes, or all. */
export type RuleScope = "edited" | "all";

/** The event to explain: by its number, for one rule or for all; or the event nearest to a match of a rule. */
export type ExplainTarget =
  | { readonly event: number; readonly rule?: string }
  | { readonly event?: undefined; readonly rule: string };

/** The answer to each question. */
export interface EngineReplies {
  readonly open: Vocabulary;
  readonly check: Checked;
  readonly run: RunResult;
  readonly explain: Explained;
}

/** Words that completion offers. */
export interface Vocabulary {
  readonly fields: readonly FieldEntry[];
  readonly operators: readonly string[];
  readonly transformers: readonly string[];
  readonly events: readonly string[];
  readonly priorities: readonly string[];
  readonly sources: readonly string[];
  /** The keys of each kind of item, by the key that decides the kind: `rule`, `macro`, … */
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

export interface FieldEntry {
  readonly name: string;
  readonly about: string;
  readonly type: string;
  /** Takes something in brackets: undefined if it doesn't. */
  readonly argument?: "optional" | "required";
  /** The sources whose events have it. */
  readonly sources: readonly string[];
}

/** One thing to say about the rules, as `eyas check` says it. Line and column from 1. */
export interface RuleDiagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule?: string;
}

export interface Checked {
  /** Whether the rules can be loaded. */
  readonly ok: boolean;
  /** About the edited text and the files before it, in the order in which `eyas check` prints them. */
  readonly diagnostics: readonly RuleDiagnostic[];
  /** The rules that the edited text defines or changes. */
  readonly rules: readonly EditedRule[];
  readonly macros: readonly Named[];
  readonly lists: readonly Named[];
}

export interface EditedRule {
  readonly name: string;
  readonly source: string;
  readonly enabled: boolean;
}

/** A macro or a list, and what it stands for. */
export interface Named {
  readonly name: string;
  readonly text: string;
}

/** An alert. */
export interface Match {
  /** The number of its event in the capture (`evt.num`). */
  readonly event: number;
  /** With nanoseconds: `2026-07-30T12:34:56.123456789Z`. */
  readonly time: string;
  readonly rule: string;
  readonly priority: string;
  /** The rule's output with its fields filled in. */
  readonly message: string;
  /** The alert as `eyas replay --json` prints it. */
  readonly json: string;
}

/** Told now and then while the capture is read. */
export interface Progress {
  readonly events: number;
  /** Bytes of the capture as it lies there that were read. */
  readonly bytes: number;
  /** Alerts so far. */
  readonly count: number;
  /** Matches since the last message, as long as there is room for them. */
  readonly matches: readonly Match[];
}

export interface RunResult {
  readonly events: number;
  /** Seconds that it took. */
  readonly seconds: number;
  readonly count: number;
  /** The rules that judged, and how often each matched. */
  readonly byRule: readonly { readonly rule: string; readonly count: number }[];
  /** Edited rules that did not judge, and why. */
  readonly notEvaluated: readonly { readonly rule: string; readonly reason: string }[];
  /** What was wrong with the capture. */
  readonly warning?: string;
}

/** Alerts that are handed over; those beyond are only counted. */
export const MAX_MATCHES = 5000;

export interface Explained {
  /** As `eyas explain --json` prints it. */
  readonly json: string;
}

export type ToWorker = { readonly id: number } & (
  | { readonly question: EngineRequest }
  /** The question with this id needs no answer any more. */
  | { readonly stop: true }
);

export type FromWorker = { readonly id: number } & (
  | { readonly progress: Progress }
  | { readonly answer: EngineReplies[keyof EngineReplies] }
  /** One sentence. */
  | { readonly failure: string }
);
