import type { Vocabulary } from "../../condition/bind.ts";
import type { Printing } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";
import { parseOutput, type TemplateField } from "../../rule/output.ts";

/** What is told of an event before anything is said of rules. */
const FIELDS = [
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

/** An event in a few fields: texts for people, JSON texts by field. Holds no reference to it. */
export interface EventFacts {
  readonly texts: Readonly<Record<(typeof FIELDS)[number], string>>;
  readonly json: ReadonlyMap<string, string>;
}

/** Tells of events. */
export function eventTeller(vocabulary: Vocabulary, printing: Printing): (event: Observed) => EventFacts {
  const templates = FIELDS.map((name) => [name, parseOutput(`%${name}`, vocabulary, printing)] as const);
  return (event) => {
    const texts = templates.map(([name, template]) => [name, template.text(event)] as const);
    const fields: TemplateField[] = templates.flatMap(([, template]) => template.fields);
    return {
      texts: Object.fromEntries(texts) as EventFacts["texts"], // every name of FIELDS is there
      // The JSON form of any time is nanoseconds, under the name that alerts give them.
      json: new Map(fields.map(({ name, json }) => [name.startsWith("evt.time") ? "evt.time" : name, json(event)])),
    };
  };
}
