// Messages between the page and the playground's worker. They consist of plain data that can be posted.
import type { RuleFile, RuleFiles } from "../../src/api/schemas/rule.ts";

/** Requests to the worker. The first request must be `open`. */
export type EngineRequest =
  /** Sets the rule files to which the edited file is added, in order. */
  | { readonly kind: "open"; readonly base: RuleFiles; readonly hostname: string }
  | { readonly kind: "check"; readonly edited: RuleFile }
  | { readonly kind: "run"; readonly edited: RuleFile; readonly capture: Blob; readonly scope: RuleScope }
  | { readonly kind: "explain"; readonly edited: RuleFile; readonly capture: Blob; readonly target: ExplainTarget };

/** Rules of a run. `edited`: the rules that the edited file defines or changes; all rules if there are none. */
export type RuleScope = "edited" | "all";

/** The event to explain: an event number, for one rule or all rules; or the event closest to a match of a rule. */
export type ExplainTarget =
  | { readonly event: number; readonly rule?: string }
  | { readonly event?: undefined; readonly rule: string };

/** Reply to each kind of request. */
export interface EngineReplies {
  readonly open: Vocabulary;
  readonly check: CheckResult;
  readonly run: RunResult;
  readonly explain: ExplainResult;
}

/** Words that completion offers. */
export interface Vocabulary {
  readonly fields: readonly FieldEntry[];
  readonly operators: readonly string[];
  readonly transformers: readonly string[];
  readonly events: readonly string[];
  readonly priorities: readonly string[];
  readonly sources: readonly string[];
  /** Valid keys for each kind of item, by the key that determines the kind: `rule`, `macro`, … */
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

export interface FieldEntry {
  readonly name: string;
  readonly about: string;
  readonly type: string;
  /** Whether the field accepts or requires an argument in brackets. If not set, the field has no argument. */
  readonly argument?: "optional" | "required";
  /** Sources whose events have the field. */
  readonly sources: readonly string[];
}

/** Error or warning about rules, in the format of `eyas check`. Line and column start at 1. */
export interface RuleDiagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule?: string;
}

export interface CheckResult {
  /** Whether the rules are valid. */
  readonly ok: boolean;
  /** Diagnostics for all rule files, in the order of the files and their lines. */
  readonly diagnostics: readonly RuleDiagnostic[];
  /** Rules that the edited file defines or changes. */
  readonly rules: readonly EditedRule[];
  readonly macros: readonly Definition[];
  readonly lists: readonly Definition[];
}

export interface EditedRule {
  readonly name: string;
  readonly source: string;
  readonly enabled: boolean;
}

/** Macro or list with its text. */
export interface Definition {
  readonly name: string;
  readonly text: string;
}

/** Alert of a run. */
export interface Match {
  /** Number of the event in the capture (`evt.num`). */
  readonly event: number;
  /** ISO time with nanoseconds, such as `2026-07-30T12:34:56.123456789Z`. */
  readonly time: string;
  readonly rule: string;
  readonly priority: string;
  /** Output of the rule, with fields replaced with values. */
  readonly message: string;
  /** The alert as printed by `eyas replay --json`. */
  readonly json: string;
}

/** Progress of a run, sent repeatedly. */
export interface Progress {
  readonly events: number;
  /** Number of bytes of the file that were read, before decompression. */
  readonly bytes: number;
  /** Number of alerts since the start of the run. */
  readonly count: number;
  /** Matches since the last message, up to {@link MAX_MATCHES} in total. */
  readonly matches: readonly Match[];
}

export interface RunResult {
  readonly events: number;
  /** Duration of the run in seconds. */
  readonly seconds: number;
  readonly count: number;
  /** Evaluated rules with their number of alerts. */
  readonly byRule: readonly { readonly rule: string; readonly count: number }[];
  /** Edited rules that were not evaluated. */
  readonly notEvaluated: readonly { readonly rule: string; readonly reason: string }[];
  /** Description of damage to the capture. */
  readonly warning?: string;
}

/** Maximum number of alerts sent to the page; additional alerts are only counted. */
export const MAX_MATCHES = 5000;

export interface ExplainResult {
  /** The explanation as printed by `eyas explain --json`. */
  readonly json: string;
}

export type ToWorker = { readonly id: number } & (
  | { readonly request: EngineRequest }
  /** Cancels the request with this ID. */
  | { readonly cancel: true }
);

export type FromWorker = { readonly id: number } & (
  | { readonly progress: Progress }
  | { readonly reply: EngineReplies[keyof EngineReplies] }
  /** Error message. */
  | { readonly failure: string }
);
