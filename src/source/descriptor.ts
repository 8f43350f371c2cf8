import type { Keys, Settings } from "../setting/shape.ts";
import { sourceKeys } from "./keys.ts";
import type { Reader } from "./reader.ts";

type SourceKeys = typeof sourceKeys;

/** Settings that every document source has. */
export type SourceSettings = Settings<SourceKeys>;

/** Description of any event source. */
interface Described<Name extends string> {
  /** Name in rules: `k8s_audit`. */
  readonly name: Name;
  /** One-sentence description. */
  readonly about: string;
  /** Default rule files in `rules/`, in order, which matters if only the first matching rule raises an alert. */
  readonly rules: readonly string[];
}

/** The source of system calls. The sensor opens it with the engine that `engine.kind` names. */
export interface SyscallSource<K extends Keys = Keys> extends Described<"syscall"> {
  readonly kind: "syscall";
  /** Its sections at the top of the configuration. */
  readonly sections: K;
}

export function describeSyscalls<K extends Keys>(definition: Omit<SyscallSource<K>, "kind">): SyscallSource<K> {
  return { ...definition, kind: "syscall" };
}

/**
 * A document source as described in its file. Configuration, start, default rules, `--source` and docs/sources.md are
 * derived from it.
 */
export interface DocumentSource<Name extends string = string, K extends Keys = Keys> extends Described<Name> {
  /** `named`: users name such sources, which have sections of their own below its section. */
  readonly kind: "document" | "named";
  /** Its keys, with those of every source; `from` enables it. */
  readonly keys: K;
  /** The origin of `eyas run --source NAME` if the configuration has none. */
  readonly usualOrigin: string | undefined;
  /** Whether its events may be about a network flow, which may be of a process of this machine. */
  readonly flows: boolean;
  /** Whether its events name the users behind sessions in pods. */
  readonly sessions: boolean;
  /** Whether its events name the threads of this machine that caused them. */
  readonly processes: boolean;
  /** Keys and values in YAML below its section. */
  readonly example: string;
  /** Markdown below the example in docs/sources.md. */
  readonly notes: string;
  /** Opens the decoder of its events. Import large modules here, since every command reads the configuration. */
  open(settings: object): Promise<Reader>;
}

type Optional = "keys" | "open" | "rules" | "usualOrigin" | "flows" | "sessions" | "processes" | "kind";

/** Description of a source; everything else has defaults. */
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

/** Describes a kind of source that users name. */
export function describeNamedSource<const Name extends string, K extends Keys = Record<never, never>>(
  definition: Definition<Name, K>,
): DocumentSource<Name, K & SourceKeys> & { readonly kind: "named" } {
  return { ...whole(definition), kind: "named" };
}

function whole<Name extends string, K extends Keys>(definition: Definition<Name, K>) {
  const { keys = {} as K } = definition; // without keys, K has none
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
