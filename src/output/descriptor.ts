import { severities, severityAliases } from "../setting/severity.ts";
import { type Keys, type Settings, texts, word } from "../setting/shape.ts";
import type { Line, Output } from "./output.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** Keys of every output: the alerts that it gets, and their fields. */
export const selectionKeys = {
  minimumpriority: word(severities, "debug", "Only alerts of at least this priority.", {
    ...severityAliases,
    "": "debug",
  }),
  sources: texts("Only alerts of these sources, such as `syscall` or `k8s_audit`; `*` matches any text. Default: all."),
  rules: texts("Only alerts of these rules; `*` matches any text. Default: all."),
  fields: texts("Only these fields of an alert (`output_fields`); `*` matches any text. Default: all."),
} as const;

/** What an output is opened with, in addition to its settings. */
export interface OpenContext<Group = object> {
  /** Certificates that outputs share. */
  readonly certificates: SharedCertificates;
  /** The settings of its group: those of `outputs.aws` for `aws.s3`. */
  readonly group: Group;
  /** Formats an alert as `json_output` says. */
  readonly line: Line;
  /** Formats an alert for standard output, maybe in colours. */
  readonly shown: Line;
  /** Whether lines are JSON. */
  readonly json: boolean;
}

/** Describes an output; configuration, start, `eyas outputs` and docs/outputs.md follow from it. */
export interface OutputDescriptor<Name extends string = string, K extends Keys = Keys, Group extends Keys = Keys> {
  /** As in reports: `kafka`, `aws.s3`. */
  readonly name: Name;
  /** Its section of the configuration: `outputs.kafka`, `outputs.aws.s3`, or one at the top as in Falco. */
  readonly section: string;
  /** One sentence of help. */
  readonly about: string;
  /** Its keys, with those of {@link selectionKeys}. */
  readonly keys: K;
  /** Keys of its group, where the name has a dot: those of `outputs.aws`. */
  readonly groupKeys: Group;
  /** The key that enables it. */
  readonly enabledBy: string;
  /** An example in YAML for docs/outputs.md; empty: none. */
  readonly example: string;
  /** Markdown below its keys in docs/outputs.md. */
  readonly notes: string;
  /** An error in the settings of an enabled output. */
  check(settings: object): string | undefined;
  /** Opens it with the settings that its keys give. */
  open(settings: object, context: OpenContext): Output | Promise<Output>;
}

type Optional = "section" | "groupKeys" | "example" | "notes" | "check" | "keys" | "open";

/** The parts of a descriptor without a default. */
export interface OutputDefinition<Name extends string, K extends Keys, Group extends Keys>
  extends Omit<OutputDescriptor<Name, K & typeof selectionKeys, Group>, Optional> {
  readonly keys: K;
  readonly enabledBy: keyof K & string;
  readonly section?: string;
  readonly groupKeys?: Group;
  readonly example?: string;
  readonly notes?: string;
  check?(settings: Settings<K & typeof selectionKeys>): string | undefined;
  /** Opens it. Import large modules here: every command reads the configuration. */
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
