import type { Keys, Settings } from "../setting/shape.ts";
import { sourceKeys } from "./keys.ts";
import type { Reader } from "./reader.ts";

type SourceKeys = typeof sourceKeys;

/** Settings that every document source has. */
export type SourceSettings = Settings<SourceKeys>;

/** Properties of every event source. */
interface Described<Name extends string> {
  /** Name in rules, such as `k8s_audit`. */
  readonly name: Name;
  /** One-sentence description. */
  readonly about: string;
  /** Default rule files in `rules/`, in load order, which matters if only the first matching rule raises an alert. */
  readonly rules: readonly string[];
}

/** The syscall source. The sensor opens it with the engine that `engine.kind` names. */
export interface SyscallSource<K extends Keys = Keys> extends Described<"syscall"> {
  readonly kind: "syscall";
  /** Sections of this source at the top level of the configuration. */
  readonly sections: K;
}

export function describeSyscalls<K extends Keys>(definition: Omit<SyscallSource<K>, "kind">): SyscallSource<K> {
  return { ...definition, kind: "syscall" };
}

/**
 * A document source. Its configuration keys, startup, default rules, `--source` values and documentation in
 * docs/sources.md are derived from this description.
 */
export interface DocumentSource<Name extends string = string, K extends Keys = Keys> extends Described<Name> {
  /**
   * `document`: the source has a fixed name. `named`: users choose the names of sources, and each source has its own
   * section below the section of the kind.
   */
  readonly kind: "document" | "named";
  /** Configuration keys, including keys that every source has; `from` enables the source. */
  readonly keys: K;
  /** Default origin for `eyas run --source NAME` if the configuration has none. */
  readonly usualOrigin: string | undefined;
  /** Whether events may describe network flows, for which the agent finds the process on this machine. */
  readonly flows: boolean;
  /** Whether events identify the users who opened sessions in pods. */
  readonly sessions: boolean;
  /** Whether events identify the threads of this machine that caused them. */
  readonly processes: boolean;
  /** Keys and values in YAML for the example in docs/sources.md. */
  readonly example: string;
  /** Markdown below the example in docs/sources.md. */
  readonly notes: string;
  /** Opens the decoder. Import large modules here, since every command loads this file with the configuration. */
  open(settings: object): Promise<Reader>;
}

type Optional = "keys" | "open" | "rules" | "usualOrigin" | "flows" | "sessions" | "processes" | "kind";

/** Definition of a source; optional fields have defaults. */
interface Definition<Name extends string, K extends Keys> extends Omit<DocumentSource<Name, K>, Optional> {
  readonly keys?: K;
  readonly rules?: readonly string[];
  readonly usualOrigin?: string;
  readonly flows?: boolean;
  readonly sessions?: boolean;
  readonly processes?: boolean;
  open(settings: Settings<K & SourceKeys>): Promise<Reader>;
}

/** Describes a source with a fixed name. */
export function describeSource<const Name extends string, K extends Keys = Record<never, never>>(
  definition: Definition<Name, K>,
): DocumentSource<Name, K & SourceKeys> & { readonly kind: "document" } {
  return { ...whole(definition), kind: "document" };
}

/** Describes a kind of source whose instances have names that users choose. */
export function describeNamedSource<const Name extends string, K extends Keys = Record<never, never>>(
  definition: Definition<Name, K>,
): DocumentSource<Name, K & SourceKeys> & { readonly kind: "named" } {
  return { ...whole(definition), kind: "named" };
}

function whole<Name extends string, K extends Keys>(definition: Definition<Name, K>) {
  const { keys = {} as K } = definition; // K is empty if `keys` is absent
  return {
    rules: [],
    usualOrigin: undefined,
    flows: true,
    sessions: false,
    processes: false,
    ...definition,
    keys: { ...sourceKeys, ...keys },
  };
}
