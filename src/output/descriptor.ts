import { severities, severityAliases } from "../setting/severity.ts";
import { type Keys, type Settings, texts, word } from "../setting/shape.ts";
import type { Line, Output } from "./output.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** Keys of every output: selection of alerts and of their fields. */
export const selectionKeys = {
  minimumpriority: word(severities, "debug", "Only alerts of at least this priority.", {
    ...severityAliases,
    "": "debug",
  }),
  sources: texts("Only alerts of these sources, such as `syscall` or `k8s_audit`; `*` matches any text. Default: all."),
  rules: texts("Only alerts of these rules; `*` matches any text. Default: all."),
  fields: texts("Only these fields of an alert (`output_fields`); `*` matches any text. Default: all."),
} as const;

/** Dependencies of an output, in addition to its settings. */
export interface OpenContext<Group = object> {
  /** Certificates shared by outputs. */
  readonly certificates: SharedCertificates;
  /** Settings of its group: those of `outputs.aws` for `aws.s3`. */
  readonly group: Group;
  /** Formats an alert according to `json_output`. */
  readonly line: Line;
  /** Formats an alert for standard output, with colours on a terminal. */
  readonly shown: Line;
  /** Whether lines are JSON. */
  readonly json: boolean;
}

/** Describes an output. Configuration, start, `eyas outputs` and docs/outputs.md are derived from it. */
export interface OutputDescriptor<Name extends string = string, K extends Keys = Keys, Group extends Keys = Keys> {
  /** Name in reports: `kafka`, `aws.s3`. */
  readonly name: Name;
  /** Section of the configuration: `outputs.kafka`, `outputs.aws.s3`, or a top-level one as in Falco. */
  readonly section: string;
  /** One-sentence description. */
  readonly about: string;
  /** Keys, including those of {@link selectionKeys}. */
  readonly keys: K;
  /** Keys of its group, if the name has a dot: those of `outputs.aws`. */
  readonly groupKeys: Group;
  /** Key that enables it. */
  readonly enabledBy: string;
  /** YAML example for docs/outputs.md; empty: none. */
  readonly example: string;
  /** Markdown after the keys in docs/outputs.md. */
  readonly notes: string;
  /** Returns an error in the settings of the enabled output. */
  check(settings: object): string | undefined;
  /** Opens the output with its settings. */
  open(settings: object, context: OpenContext): Output | Promise<Output>;
}

type Optional = "section" | "groupKeys" | "example" | "notes" | "check" | "keys" | "open";

/** Required parts of a descriptor. */
export interface OutputDefinition<Name extends string, K extends Keys, Group extends Keys>
  extends Omit<OutputDescriptor<Name, K & typeof selectionKeys, Group>, Optional> {
  readonly keys: K;
  readonly enabledBy: keyof K & string;
  readonly section?: string;
  readonly groupKeys?: Group;
  readonly example?: string;
  readonly notes?: string;
  check?(settings: Settings<K & typeof selectionKeys>): string | undefined;
  /** Opens the output. Import large modules here, since every command reads the configuration. */
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
