import type { Priority } from "../rule/rule.ts";
import type { OutputStatus as FullOutputStatus, Status as FullStatus, ResponseStatus } from "./schemas/status.ts";

export type { ResponseStatus, SourceStatus } from "./schemas/status.ts";

/** The state of an output, without what the store knows of it. */
export type OutputStatus = Omit<FullOutputStatus, "dead" | "lastError">;

/** The state of the agent, without what the store knows. Times are ISO 8601; durations are seconds. */
export interface Status extends Omit<FullStatus, "outputs" | "responses" | "journal"> {
  readonly outputs: readonly OutputStatus[];
}

/** A rule that is loaded. */
export interface LoadedRule {
  readonly name: string;
  readonly source: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly file: string;
  readonly line: number;
  readonly description: string;
  readonly yaml: string;
  readonly condition: string;
  readonly output: string;
  readonly exceptions: readonly {
    readonly name: string;
    readonly fields: readonly string[];
    readonly comps: readonly string[];
  }[];
}

/** All rules, and the files that they are from. */
export interface LoadedRules {
  readonly rules: readonly LoadedRule[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** What the configuration adds to the files: without it they would load and evaluate differently. */
  readonly added: {
    /** Its `static_fields`. */
    readonly statics: Readonly<Record<string, string>>;
    /** The sources that it names. */
    readonly sources: readonly string[];
    /** Rules that it switches on or off, against what their files say. */
    readonly switched: Readonly<Record<string, boolean>>;
  };
}

/** A request of the page to the agent. */
export type AgentRequest =
  /** Appends exceptions to the local file and loads the rules again. */
  | { readonly kind: "except"; readonly yaml: string }
  | { readonly kind: "pause" | "resume"; readonly user: string }
  /** The last events, as far as they are kept. */
  | { readonly kind: "recent" };

/** The result of a request, or why there is none in one sentence. */
export type AgentResponse =
  | { readonly done: true; readonly file?: string; readonly bytes?: Uint8Array }
  | { readonly refused: string };

/** The agent, as the page sees it. */
export interface AgentView {
  /** As of two seconds ago at the most. */
  status(): Status;
  rules(): LoadedRules;
  /** Nanoseconds that rules take for each event they are asked about, by name, where that is measured. */
  costs(): ReadonlyMap<string, number>;
  request(wish: AgentRequest): Promise<AgentResponse>;
}

export const noResponses: ResponseStatus = { paused: false, done: 0, skipped: 0, failed: 0, heldBack: 0 };
