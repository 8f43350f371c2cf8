/** What runs beside the page, as it says of itself. Times are ISO 8601; durations are seconds. */
export interface Status {
  readonly version: string;
  readonly hostname: string;
  readonly started: string;
  /** False where nothing is watched: a journal is shown, no more. */
  readonly watching: boolean;
  readonly sources: readonly SourceStatus[];
  readonly outputs: readonly OutputStatus[];
  readonly rules: { readonly loaded: number; readonly warnings: number };
}

export interface SourceStatus {
  readonly name: string;
  readonly events: number;
  /** Events a second. */
  readonly rate: number;
  readonly lag: number | null;
  readonly drops: number;
  readonly state: string;
}

export interface OutputStatus {
  readonly name: string;
  readonly state: string;
  readonly waiting: number;
  readonly lag: number | null;
  readonly delivered: number;
  readonly retried: number;
  readonly refused: number;
  readonly lost: number;
}

export interface ResponseStatus {
  readonly paused: boolean;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly heldBack: number;
}

/** A rule that is loaded. */
export interface RuleFacts {
  readonly name: string;
  readonly source: string;
  readonly priority: string;
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
export interface RuleBook {
  readonly rules: readonly RuleFacts[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** What the configuration adds to what the files say: they can't be loaded or judged as here without it. */
  readonly added: {
    /** Its `static_fields`. */
    readonly statics: Readonly<Record<string, string>>;
    /** The sources that it names. */
    readonly sources: readonly string[];
    /** Rules that it switches on or off, against what their files say. */
    readonly switched: Readonly<Record<string, boolean>>;
  };
}

/** What the page asks of what runs. */
export type Wish =
  /** Appends exceptions to the local file and loads the rules again. */
  | { readonly kind: "except"; readonly yaml: string }
  | { readonly kind: "pause" | "resume"; readonly user: string }
  /** What is kept of the last events. */
  | { readonly kind: "recent" };

/** What came of it: what was wished for, or why not in one sentence. */
export type Granted =
  | { readonly done: true; readonly file?: string; readonly bytes?: Uint8Array }
  | { readonly refused: string };

/** What runs beside the page. */
export interface Sensor {
  /** As of two seconds ago at the most. */
  status(): Status;
  rules(): RuleBook;
  /** Nanoseconds that rules take for each event they are asked about, by name, where that is measured. */
  costs(): ReadonlyMap<string, number>;
  wish(wish: Wish): Promise<Granted>;
}

export const noResponses: ResponseStatus = { paused: false, done: 0, skipped: 0, failed: 0, heldBack: 0 };
