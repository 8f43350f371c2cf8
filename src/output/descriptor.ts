import { severities, severityAliases } from "../setting/severity.ts";
import { type Keys, type Settings, texts, word } from "../setting/shape.ts";
import type { Line, Output } from "./output.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** Which alerts an output gets, and which of their fields. Every output has these keys. */
export const selectionKeys = {
  minimumpriority: word(severities, "debug", "Only alerts at least this severe.", { ...severityAliases, "": "debug" }),
  sources: texts("Only alerts of these sources, such as `syscall` or `k8s_audit`. `*` is any text. Absent: of all."),
  rules: texts("Only alerts of rules with these names. `*` is any text. Absent: of all."),
  fields: texts("Only these fields of an alert go out (`output_fields`). `*` is any text. Absent: all that it has."),
} as const;

/** What an output is opened with beside its own settings. */
export interface OpenContext<Group = object> {
  /** Certificates that outputs share. */
  readonly certificates: SharedCertificates;
  /** The settings beside it: those of `outputs.aws` for `aws.s3`. */
  readonly group: Group;
  /** An alert in one line, as `json_output` wants it. */
  readonly line: Line;
  /** The same as standard output shows it, maybe in colours. */
  readonly shown: Line;
  /** Whether lines are JSON. */
  readonly json: boolean;
}

/** An output as its file describes it: configuration, start, `eyas outputs` and docs/outputs.md follow. */
export interface OutputDescriptor<Name extends string = string, K extends Keys = Keys, Group extends Keys = Keys> {
  /** As in reports: `kafka`, `aws.s3`. */
  readonly name: Name;
  /** Its section of the configuration: `outputs.kafka`, `outputs.aws.s3`, or one at the top as in Falco. */
  readonly section: string;
  /** One sentence for people. */
  readonly about: string;
  /** Its keys, with those of {@link selectionKeys}. */
  readonly keys: K;
  /** Keys beside it, where the name has a dot: those of `outputs.aws`. */
  readonly groupKeys: Group;
  /** The key that switches it on when it is set. */
  readonly enabledBy: string;
  /** Keys and values in YAML, for docs/outputs.md; empty for those described together. */
  readonly example: string;
  /** Markdown below its keys in docs/outputs.md. */
  readonly notes: string;
  /** A sentence on what is missing in settings that switch it on. */
  check(settings: object): string | undefined;
  /** Opens it with the settings that its keys give. */
  open(settings: object, context: OpenContext): Output | Promise<Output>;
}

type Optional = "section" | "groupKeys" | "example" | "notes" | "check" | "keys" | "open";

/** What a file says of its output; the rest has defaults. */
export interface OutputDefinition<Name extends string, K extends Keys, Group extends Keys>
  extends Omit<OutputDescriptor<Name, K & typeof selectionKeys, Group>, Optional> {
  readonly keys: K;
  readonly enabledBy: keyof K & string;
  readonly section?: string;
  readonly groupKeys?: Group;
  readonly example?: string;
  readonly notes?: string;
  check?(settings: Settings<K & typeof selectionKeys>): string | undefined;
  /** Opens it. What is large is imported here, since every command reads the configuration. */
  open(settings: Settings<K & typeof selectionKeys>, context: OpenContext<Settings<Group>>): Output | Promise<Output>;
}

export function describeOutput<const Name extends string, K extends Keys, Group extends Keys = Record<never, never>>(
  definition: OutputDefinition<Name, K, Group>,
): OutputDescriptor<Name, K & typeof selectionKeys, Group> {
  const { groupKeys = {} as Group } = definition; // without keys of a group, Group has none
  return {
    section: `outputs.${definition.name}`,
    example: "",
    notes: "",
    check: () => undefined,
    ...definition,
    keys: { ...definition.keys, ...selectionKeys },
    groupKeys,
  };
}
