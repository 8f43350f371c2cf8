import type { Vocabulary } from "../../condition/bind.ts";
import type { Printing } from "../../field/field.ts";
import { jsonText } from "../../field/json-value.ts";
import type { Observed } from "../../machine/observed.ts";
import { parseOutput, type TemplateField } from "../../rule/output.ts";

/** Fields that describe a system call in an explanation. */
const OF_CALLS = [
  "evt.num",
  "evt.time.iso8601",
  "evt.type",
  "proc.name",
  "proc.pid",
  "proc.pname",
  "user.name",
  "container.id",
  "evt.args",
] as const;

/** Fields that describe a document in an explanation. Fields that a source lacks are omitted. */
const OF_DOCUMENTS = [
  "evt.num",
  "evt.time.iso8601",
  "evt.source",
  "ka.stage",
  "ka.user.name",
  "ka.impuser.name",
  "ka.verb",
  "ka.target.resource",
  "ka.target.subresource",
  "ka.target.namespace",
  "ka.target.name",
  "ka.uri",
  "ka.response.code",
  "net.name",
  "ids.signature",
  "fw.action",
  "proc.name",
  "proc.pid",
] as const;

/** A summary of an event as text and JSON by field, without a reference to the event. */
export interface EventFacts {
  /** Text by field; `<NA>` if the event has no value for the field. */
  readonly texts: ReadonlyMap<string, string>;
  readonly json: ReadonlyMap<string, string>;
  /** The document as JSON; undefined for system calls. */
  readonly document: string | undefined;
}

/** Returns a function that summarizes an event. */
export function factsReader(vocabulary: Vocabulary, printing: Printing): (event: Observed) => EventFacts {
  const calls = vocabulary.lookup("evt.args") !== undefined;
  const names: readonly string[] = calls
    ? OF_CALLS
    : OF_DOCUMENTS.filter((name) => vocabulary.lookup(name) !== undefined);
  const templates = names.map((name) => [name, parseOutput(`%${name}`, vocabulary, printing)] as const);
  return (event) => {
    const texts = templates.map(([name, template]) => [name, template.text(event)] as const);
    const fields: TemplateField[] = templates.flatMap(([, template]) => template.fields);
    return {
      texts: new Map(texts),
      document: event.document === undefined ? undefined : jsonText(event.document),
      // In JSON, times are in nanoseconds, in the field that alerts use.
      json: new Map(fields.map(({ name, json }) => [name.startsWith("evt.time") ? "evt.time" : name, json(event)])),
    };
  };
}
