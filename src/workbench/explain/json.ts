import type { Part } from "../condition-tree.ts";
import type { EventFacts } from "./event.ts";
import { deciding, type Verdict } from "./explain.ts";
import type { RuleVerdict } from "./rank.ts";

/** Formats an explanation as JSON: an event and the results of rules. */
export function explanationJson(event: EventFacts, verdicts: readonly RuleVerdict[]): string {
  const fields = [...event.json].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",");
  return `{"event":{${fields}},"rules":[${verdicts.map(ruleJson).join(",")}]}`;
}

function ruleJson({ rule, verdict, relevant, matches, missing, share }: RuleVerdict): string {
  const { name, priority, enabled, definition } = rule;
  const about = {
    rule: name,
    priority,
    enabled,
    ...placeRecord(definition),
    fires: matches,
    concerned: relevant,
    missing: missing.map(({ part }) => ({ text: part.text, ...placeRecord(part) })),
    share: Math.round(share * 1000) / 1000,
    decided: { text: deciding(verdict).part.text, ...placeRecord(deciding(verdict).part) },
  };
  return `${JSON.stringify(about).slice(0, -1)},"condition":${partJson(verdict)}}`;
}

/** In JSON, `verdict` is null for parts that were not evaluated; `holds` contains the result of every part. */
function partJson({ part, holds, evaluated, decisive, parts, values }: Verdict): string {
  const { kind, name, text } = part;
  const about = {
    kind,
    ...(name !== "" && { name }),
    text,
    ...placeRecord(part),
    verdict: evaluated ? holds : null,
    holds,
    decided: decisive,
  };
  const shown = values.map(({ term, json }) => `${JSON.stringify(term)}:${json}`);
  const more = kind === "test" ? `"values":{${shown.join(",")}}` : `"parts":[${parts.map(partJson).join(",")}]`;
  return `${JSON.stringify(about).slice(0, -1)},${more}}`;
}

function placeRecord({ place }: Pick<Part, "place">): { file: string; line: number; column: number } {
  return { file: place.file.name, ...place.position() };
}
