import type { Vocabulary } from "../../condition/bind.ts";
import type { Printing } from "../../field/field.ts";
import { jsonText } from "../../field/json-value.ts";
import type { Observed } from "../../machine/observed.ts";
import { parseOutput, type TemplateField } from "../../rule/output.ts";

/** What is told of an event before anything is said of rules. */
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

/** The same of documents: of these what their source has. */
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

/** An event in a few fields: texts for people, JSON texts by field. Holds no reference to it. */
export interface EventFacts {
  /** By field; those that say nothing are `<NA>`. */
  readonly texts: ReadonlyMap<string, string>;
  readonly json: ReadonlyMap<string, string>;
  /** The document that it is, as JSON; undefined for calls. */
  readonly document: string | undefined;
}

/** Tells of events. */
export function eventTeller(vocabulary: Vocabulary, printing: Printing): (event: Observed) => EventFacts {
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
      // The JSON form of any time is nanoseconds, under the name that alerts give them.
      json: new Map(fields.map(({ name, json }) => [name.startsWith("evt.time") ? "evt.time" : name, json(event)])),
    };
  };
}
