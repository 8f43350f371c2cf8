import { severities, severityAliases } from "../setting/severity.ts";
import { type Keys, type Settings, texts, word } from "../setting/shape.ts";
import type { IndexTemplates } from "./index-template.ts";
import type { Line, Output } from "./output.ts";
import type { SharedCertificates } from "./transport/certificates.ts";

/** Keys of every output. They select alerts and their fields. */
export const selectionKeys = {
  minimumpriority: word(severities, "debug", "Deliver only alerts with at least this priority.", {
    ...severityAliases,
    "": "debug",
  }),
  sources: texts(
    "Deliver only alerts from these sources, such as `syscall` or `k8s_audit`; `*` matches any text. Default: all.",
  ),
  rules: texts("Deliver only alerts for these rules; `*` matches any text. Default: all."),
  fields: texts("Include only these fields of an alert (`output_fields`); `*` matches any text. Default: all."),
} as const;

/** Dependencies of an output, besides its settings. */
export interface OpenContext<Group = object> {
  /** Certificates that outputs share. */
  readonly certificates: SharedCertificates;
  /** Settings of the output's group, for example `outputs.aws` for `aws.s3`. */
  readonly group: Group;
  /** Formats an alert according to `json_output`. */
  readonly line: Line;
  /** Formats an alert for standard output, with colors on a terminal. */
  readonly shown: Line;
  /** Whether lines are JSON. */
  readonly json: boolean;
}

/** Describes an output. The configuration schema, `eyas outputs` and docs/outputs.md are derived from it. */
export interface OutputDescriptor<Name extends string = string, K extends Keys = Keys, Group extends Keys = Keys> {
  /** Name in logs and metrics: `kafka`, `aws.s3`. */
  readonly name: Name;
  /** Configuration section: `outputs.kafka`, `outputs.aws.s3`, or a top-level section as in Falco. */
  readonly section: string;
  /** Description in one sentence. */
  readonly about: string;
  /** Keys, including {@link selectionKeys}. */
  readonly keys: K;
  /** Keys of the output's group if its name has a dot, such as the keys of `outputs.aws`. */
  readonly groupKeys: Group;
  /** Key that enables the output. */
  readonly enabledBy: string;
  /** YAML example for docs/outputs.md. Empty: no example. */
  readonly example: string;
  /** Markdown that follows the keys in docs/outputs.md. */
  readonly notes: string;
  /** Returns an error in the settings of the enabled output; undefined if they are valid. */
  check(settings: object): string | undefined;
  /** Opens the output with the given settings. */
  open(settings: object, context: OpenContext): Output | Promise<Output>;
  /** Returns the index templates that the output creates at its server. Not set: the output has none. */
  templates?(settings: object, context: Pick<OpenContext, "certificates">): Promise<IndexTemplates>;
}

type Optional = "section" | "groupKeys" | "example" | "notes" | "check" | "keys" | "open" | "templates";

/** Parts of a descriptor that an output must define. */
export interface OutputDefinition<Name extends string, K extends Keys, Group extends Keys>
  extends Omit<OutputDescriptor<Name, K & typeof selectionKeys, Group>, Optional> {
  readonly keys: K;
  readonly enabledBy: keyof K & string;
  readonly section?: string;
  readonly groupKeys?: Group;
  readonly example?: string;
  readonly notes?: string;
  check?(settings: Settings<K & typeof selectionKeys>): string | undefined;
  /** Opens the output. Large modules should be imported here, because every command loads the configuration schema. */
  open(settings: Settings<K & typeof selectionKeys>, context: OpenContext<Settings<Group>>): Output | Promise<Output>;
  templates?(
    settings: Settings<K & typeof selectionKeys>,
    context: Pick<OpenContext, "certificates">,
  ): Promise<IndexTemplates>;
}

export function describeOutput<const Name extends string, K extends Keys, Group extends Keys = Record<never, never>>(
  definition: OutputDefinition<Name, K, Group>,
): OutputDescriptor<Name, K & typeof selectionKeys, Group> {
  const { groupKeys = {} as Group } = definition; // Group is empty if there are no group keys
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
