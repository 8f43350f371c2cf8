import type { DirectAnswer, DirectTask } from "../output/direct/messages.ts";
import type { RuleFile } from "../rule/location.ts";
import type { Priority } from "../rule/rule.ts";
import type { RuleState } from "../rule/states.ts";
import type { OutputInterval } from "./output-history.ts";
import type {
  ExhaustedBudget,
  OutputStatus as FullOutputStatus,
  ResponseStatus as FullResponseStatus,
  Status as FullStatus,
} from "./schemas/status.ts";

/** A machine of the fleet that has become silent. */
export interface SilentMachine {
  readonly id: string;
  readonly hostname: string;
  /** Time of the last document of the machine, in milliseconds since the epoch. */
  readonly seen: number;
}

/** A report that most machines of the fleet have become silent at the same time. */
export interface SilentFleet {
  /** Number of silent machines, and of all machines that had reported until then. */
  readonly count: number;
  readonly of: number;
  /** Host names of some of the silent machines. */
  readonly hostnames: readonly string[];
  /** Time of the last document of any silent machine, in milliseconds since the epoch. */
  readonly seen: number;
}

export type Silent = SilentMachine | SilentFleet;

export type { ComponentStatus, ExhaustedBudget, SourceStatus } from "./schemas/status.ts";

/** The status of an output, without the fields that the store provides. */
export type OutputStatus = Omit<FullOutputStatus, "dead" | "lastError" | "lastErrorTime">;

/** The status of responses, without the fields that the agent provides. */
export type ResponseStatus = Omit<FullResponseStatus, "exhausted" | "dryRun">;

/** The status of the agent, without the fields that the store provides. Times are ISO 8601; durations are seconds. */
export interface Status extends Omit<FullStatus, "outputs" | "responses" | "journal" | "fleet"> {
  readonly outputs: readonly OutputStatus[];
  /** Exhausted response budgets. */
  readonly exhausted: readonly ExhaustedBudget[];
  /** Whether responses only simulate their actions. */
  readonly dryRun: boolean;
}

/** Measurements of a rule. */
export interface RuleFigure {
  /** Mean evaluation time per event, in nanoseconds; absent if evaluation is not measured. */
  readonly nanoseconds?: number;
  /** Number of matches since the agent started; absent if the rule is not a shadow rule. */
  readonly matches?: number;
}

export type RuleFigures = ReadonlyMap<string, RuleFigure>;

/** A loaded rule. */
export interface LoadedRule {
  readonly name: string;
  readonly source: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  /** Whether matches are counted, but raise no alerts. A shadow rule is not enabled. */
  readonly shadow: boolean;
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

/** A warning about a loaded rule file. Line and column numbers start at 1. */
export interface RuleWarning {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The affected rule; null for a warning about the file. */
  readonly rule: string | null;
  readonly code: string;
  readonly message: string;
}

/** A rule file, or rules in a file, that were skipped because a plugin or source is missing. */
export interface LeftOutRules {
  readonly file: string;
  readonly rules: readonly string[];
  /** A message that names the missing plugin or source, and a replacement. */
  readonly message: string;
}

/** All loaded rules and their files. */
export interface LoadedRules {
  readonly rules: readonly LoadedRule[];
  readonly files: readonly RuleFile[];
  readonly warnings: readonly RuleWarning[];
  readonly leftOut: readonly LeftOutRules[];
  /** Settings that affect how the files are loaded and evaluated. */
  readonly added: {
    /** The setting `static_fields`. */
    readonly statics: Readonly<Record<string, string>>;
    /** Names of the configured sources. */
    readonly sources: readonly string[];
    /** Rules that the configuration enables (true) or disables (false), overriding their files. */
    readonly switched: Readonly<Record<string, boolean>>;
  };
}

/** A request from the page to the agent. */
export type AgentRequest =
  /** Changes the exceptions file and reloads the rules. */
  | { readonly kind: "except"; readonly request: ExceptionRequest }
  /** Changes the settings of a rule and reloads the rules. */
  | { readonly kind: "rule"; readonly request: RuleSettingRequest }
  | { readonly kind: "pause" | "resume"; readonly user: string }
  /** Undoes the response for the suspended target with this ID, or for all suspended targets. */
  | { readonly kind: "release"; readonly target: string }
  /** Returns the buffered recent events. */
  | { readonly kind: "recent" }
  /** Sends a test alert or dead letters to an output. */
  | { readonly kind: "deliver"; readonly task: DirectTask };

/** The exception that a request changes, and the version of the exception that the user saw. */
interface KnownException {
  readonly id: string;
  readonly version: string;
}

/** A change of the exceptions file. Times are ISO 8601. */
export type ExceptionRequest =
  | {
      readonly change: "add";
      readonly yaml: string;
      readonly user: string;
      readonly reason?: string | undefined;
      readonly expires?: string | undefined;
    }
  | ({ readonly change: "edit"; readonly yaml: string; readonly user: string } & KnownException)
  /** Sets the expiry, or clears it. */
  | ({ readonly change: "expiry"; readonly expires: string | undefined; readonly user: string } & KnownException)
  | ({ readonly change: "remove"; readonly user: string } & KnownException)
  /**
   * Undoes the last change. `expires` replaces the earlier expiry; `null` means that the exception does not expire.
   * Without `expires`, the earlier expiry applies and must not be in the past.
   */
  | ({
      readonly change: "revert";
      readonly user: string;
      readonly expires?: string | null | undefined;
    } & KnownException)
  /** Removes exceptions that have expired; sent by the agent itself. */
  | { readonly change: "expired"; readonly exceptions: readonly KnownException[] };

/** A change of the setting of a rule on the page. */
export type RuleSettingRequest =
  /** Replaces the setting. Without state, priority and YAML, the setting is removed, so that the rule file applies. */
  | {
      readonly change: "set";
      readonly rule: string;
      /** The version of the setting that the user saw; empty if there was no setting. */
      readonly version: string;
      readonly state?: RuleState | undefined;
      readonly priority?: Priority | undefined;
      /** The rule, if it was written on the page. */
      readonly yaml?: string | undefined;
      readonly reason?: string | undefined;
      readonly user: string;
    }
  /** Undoes the last change. */
  | { readonly change: "revert"; readonly rule: string; readonly version: string; readonly user: string };

/** The result of a request, or a message with the reason for its failure. */
export type AgentResponse =
  | {
      readonly done: true;
      readonly file?: string;
      /** IDs of the added or changed exceptions. */
      readonly ids?: readonly string[];
      readonly bytes?: Uint8Array;
      readonly delivery?: Exclude<DirectAnswer, { readonly failure: string }>;
    }
  | {
      readonly refused: string;
      /** Set if the exception or rule has been changed or removed since the user loaded it. */
      readonly code?: "conflict" | "not_found";
    };

/** Access of the page to the agent's status and rules, and requests of the page to the agent. */
export interface AgentView {
  /** The current status, at most two seconds old. */
  status(): Status;
  rules(): LoadedRules;
  /** Measurements of rules, by name. */
  ruleFigures(): RuleFigures;
  /** Deliveries of an output in recent hours, oldest interval first. */
  outputHistory(name: string): readonly OutputInterval[];
  request(request: AgentRequest): Promise<AgentResponse>;
  /** Raises an alert for each silent machine, or for most machines together; undefined if there is no fleet. */
  readonly reportSilent?: (silent: readonly Silent[]) => void | Promise<void>;
  /** Logs the reason why the users file cannot be read; undefined without an agent. */
  readonly reportUsers?: (reason: string) => void;
}

export const noResponses: ResponseStatus = { paused: false, done: 0, skipped: 0, failed: 0, heldBack: 0 };
