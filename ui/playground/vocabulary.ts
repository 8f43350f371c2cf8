import type { RuleFiles } from "../../src/api/schemas/rule.ts";
import { OPERATORS, TRANSFORMERS } from "../../src/condition/lex.ts";
import { syscallId } from "../../src/event/syscalls.ts";
import { codesByName } from "../../src/event/types.ts";
import { classesOfSource, knownSources } from "../../src/field/sources.ts";
import { itemKeys } from "../../src/rule/read.ts";
import { priorities } from "../../src/rule/rule.ts";
import type { FieldEntry, Vocabulary } from "./protocol.ts";

/** Returns the words that completion offers, such as fields, operators, events and keys. */
export async function vocabulary({ statics, sources: named }: RuleFiles): Promise<Vocabulary> {
  const sources = [...new Set([...knownSources, ...named])];
  const fields = new Map<string, FieldEntry>();
  for (const source of sources) {
    const classes = await classesOfSource(source);
    for (const { name, description, type, argument, hidden, deprecated } of classes.flatMap(({ fields }) => fields)) {
      if (hidden || deprecated) continue;
      const known = fields.get(name);
      fields.set(name, {
        name,
        about: description,
        type,
        ...(argument && { argument: argument.required ? "required" : "optional" }),
        sources: [...(known?.sources ?? []), source],
      });
    }
  }
  for (const name of Object.keys(statics)) {
    const about = "Static field from the configuration. The value is the same for every event.";
    fields.set(`static.${name}`, { name: `static.${name}`, about, type: "CHARBUF", sources });
  }
  return {
    fields: [...fields.values()],
    operators: ["and", "or", "not", ...OPERATORS],
    transformers: TRANSFORMERS,
    events: [...new Set([...codesByName.keys(), ...syscallId.keys()])].sort(),
    priorities: priorities.map((priority) => priority.toUpperCase()),
    sources,
    keys: itemKeys,
  };
}
