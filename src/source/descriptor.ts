import type { Keys, Settings } from "../setting/shape.ts";
import { sourceKeys } from "./keys.ts";
import type { Reader } from "./reader.ts";

type SourceKeys = typeof sourceKeys;

/** Settings that every document source has. */
export type SourceSettings = Settings<SourceKeys>;

/** What is described of every event source. */
interface Described<Name extends string> {
  /** As rules name it: `k8s_audit`. */
  readonly name: Name;
  /** One sentence for people. */
  readonly about: string;
  /** Default rule files in `rules/`, in their order: it decides where only the first rule that matches raises an alert. */
  readonly rules: readonly string[];
}

/** The source of system calls: opened by the sensor, with keys of its own in the configuration. */
export interface SyscallSource extends Described<"syscall"> {
  readonly kind: "syscall";
}

/** A source of documents as its file describes it: configuration, start, default rules, `--source` and docs/sources.md follow. */
export interface DocumentSource<Name extends string = string, K extends Keys = Keys> extends Described<Name> {
  /** `named`: users name such sources, which have sections of their own below its section. */
  readonly kind: "document" | "named";
  /** Its keys, with those of every source; `from` enables it. */
  readonly keys: K;
  /** The origin of `eyas run --source NAME` where the configuration has none. */
  readonly usualOrigin: string | undefined;
  /** Whether its events may be about a network flow, which may be of a process of this machine. */
  readonly flows: boolean;
  /** Whether its events name the users behind sessions in pods. */
  readonly sessions: boolean;
  /** Keys and values in YAML below its section. */
  readonly example: string;
  /** Markdown below the example in docs/sources.md. */
  readonly notes: string;
  /** Opens what decodes its events. What is large is imported here, since every command reads the configuration. */
  open(settings: object): Promise<Reader>;
}

type Optional = "keys" | "open" | "rules" | "usualOrigin" | "flows" | "sessions" | "kind";

/** What a file says of its source; the rest has defaults. */
interface Definition<Name extends string, K extends Keys> extends Omit<DocumentSource<Name, K>, Optional> {
  readonly keys?: K;
  readonly rules?: readonly string[];
  readonly usualOrigin?: string;
  readonly flows?: boolean;
  readonly sessions?: boolean;
  open(settings: Settings<K & SourceKeys>): Promise<Reader>;
}

/** A source with a name of its own. */
export function describeSource<const Name extends string, K extends Keys = Record<never, never>>(
  definition: Definition<Name, K>,
): DocumentSource<Name, K & SourceKeys> & { readonly kind: "document" } {
  return { ...whole(definition), kind: "document" };
}

/** A kind of source that users name. */
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
    ...definition,
    keys: { ...sourceKeys, ...keys },
  };
}
