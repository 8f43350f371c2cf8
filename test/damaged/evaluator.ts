// Processes a text of a source: its events, every field of each event, the rules, and the alerts for matches.
import { type LoadingOptions, readyRules } from "../../src/agent/load/ready-rules.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { DocumentEngine } from "../../src/engine/document-engine.ts";
import { type Field, FieldArgumentError } from "../../src/field/field.ts";
import { plainPrinting, valueJson, valueText } from "../../src/field/print.ts";
import { classesOfSource } from "../../src/field/sources.ts";
import { Machine } from "../../src/machine/machine.ts";
import type { Observed } from "../../src/machine/observed.ts";
import type { Decode } from "../../src/source/decode.ts";
import { openInbox } from "../../src/source/inbox.ts";

/** Counters for the processed texts. */
export interface EvaluationCounts {
  texts: number;
  events: number;
  refused: number;
  alerts: number;
  /** Number of field values. */
  values: number;
}

export interface Evaluator {
  take(text: Uint8Array): void;
  readonly counts: EvaluationCounts;
}

/** Arguments of fields; invalid ones are skipped. */
const ARGUMENTS = [
  undefined,
  "0",
  "3",
  "name",
  "timeoutSeconds",
  "/",
  "/requestObject/spec/containers/0/image",
  "/alert/metadata",
  "~2",
];

/** @param rules rule files for this source; if empty, only fields are read */
export async function openEvaluator(source: string, decode: Decode, rules: readonly string[]): Promise<Evaluator> {
  const uses = (await classesOfSource(source)).flatMap(({ fields }) => fields).flatMap(usesOf);
  const { config } = await readSettings({});
  const options: LoadingOptions = { sources: [source] };
  const { ruleset, raise } = (await readyRules(rules, config, "all", "damaged", options)).of(source);
  const counts: EvaluationCounts = { texts: 0, events: 0, refused: 0, alerts: 0, values: 0 };
  const inbox = openInbox(source, { most: Number.POSITIVE_INFINITY, mostBytes: Number.POSITIVE_INFINITY });
  const alert = (rule: number, event: Observed): void => {
    const { json, text } = raise(rule, event);
    JSON.parse(json);
    if (text.includes("\n")) throw new Error("an alert is more than a line");
    counts.alerts++;
  };
  const ask = (event: Observed): void => {
    for (const use of uses) if (use(event)) counts.values++;
  };
  const engine = new DocumentEngine(inbox, new Machine(), ruleset, alert, ask);
  return {
    counts,
    take(text) {
      const { documents, refused } = decode(text, { time: 1_700_000_000_000_000_000n });
      counts.texts++;
      counts.events += documents.length;
      counts.refused += refused.length;
      for (const { message } of refused)
        if (/[^ -~]/.test(message)) throw new Error("a reason contains text of the sender");
      inbox.offer(documents);
      engine.drain();
    },
  };
}

/** Reads a field of an event in every way. @returns whether the field has a value */
type Use = (event: Observed) => boolean;

function usesOf(field: Field): Use[] {
  return ARGUMENTS.flatMap((argument) => {
    try {
      return [useOf(field, argument)];
    } catch (error) {
      if (error instanceof FieldArgumentError) return [];
      throw error;
    }
  });
}

function useOf(field: Field, argument: string | undefined): Use {
  if (argument !== undefined && field.argument === undefined) throw new FieldArgumentError("takes none");
  if (argument === undefined && field.argument?.required === true) throw new FieldArgumentError("takes one");
  const read = field.bind(argument);
  const shown = field.show?.(argument, plainPrinting);
  const any = field.any?.(argument);
  const type = field.type;
  return (event) => {
    const value = read(event);
    if (typeof value === "object" && !Array.isArray(value))
      throw new Error(`${field.name} gives an object: ${JSON.stringify(value)}`);
    const json =
      shown?.json(event) ??
      (value === undefined ? "null" : valueJson(value, type, field.format ?? "dec", plainPrinting));
    JSON.parse(json);
    if (value !== undefined) valueText(value, type, field.format ?? "dec", plainPrinting);
    shown?.text(event);
    any?.(event, () => false);
    return value !== undefined;
  };
}
