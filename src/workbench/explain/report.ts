import type { EventFacts } from "./event.ts";
import type { RuleVerdict } from "./rank.ts";
import { because, positionText, type TextStyle, testText, treeText, wrap } from "./text.ts";

/**
 * Formats an explanation as text.
 * @param one whether a rule was selected; if not, the matching rules and then the closest rules are shown
 */
export function explanationText(
  event: EventFacts,
  verdicts: readonly RuleVerdict[],
  one: boolean,
  style: TextStyle,
): string {
  const matching = verdicts.filter(({ matches }) => matches);
  const others = verdicts.filter(({ matches }) => !matches);
  const head = eventText(event, style);
  if (one) return head + verdicts.map((verdict) => ruleText(verdict, style)).join("");
  const none = matching.length === 0 ? `\n${style.paint("title", "No rule matches.")}\n` : "";
  const closest = others.length === 0 ? "" : `\n${style.paint("title", "Closest other rules:")}\n`;
  return (
    head +
    none +
    matching.map((verdict) => ruleText(verdict, style)).join("") +
    closest +
    others.map((verdict) => closeText(verdict, style)).join("")
  );
}

function eventText(event: EventFacts, style: TextStyle): string {
  const { texts, document } = event;
  const text = (field: string): string => texts.get(field) ?? NOTHING;
  if (document !== undefined) {
    const facts = [...texts].filter(([field, value]) => !field.startsWith("evt.") && value !== NOTHING);
    const summary = facts.map(([field, value]) => `${field} = ${value}`).join(", ");
    return headText(
      `Event ${text("evt.num")}: ${text("evt.source")}`,
      `at ${text("evt.time.iso8601")}`,
      summary === "" ? document : summary,
      style,
    );
  }
  const user = text("user.name") === NOTHING ? "" : `, user ${text("user.name")}`;
  const parent = text("proc.pname") === NOTHING ? "" : `, child of ${text("proc.pname")}`;
  const container = text("container.id");
  const where = container === "host" || container === NOTHING ? "" : `, container ${container}`;
  const who = `by ${text("proc.name")} (${text("proc.pid")}${parent}${user}${where}) at ${text("evt.time.iso8601")}`;
  return headText(`Event ${text("evt.num")}: ${text("evt.type")}`, who, text("evt.args").trim(), style);
}

/** Text of a field without a value. */
const NOTHING = "<NA>";

function headText(title: string, who: string, more: string, { width, paint }: TextStyle): string {
  const [first = "", ...rest] = wrap(`${title} ${who}`, width);
  const lines = [
    paint("title", first.slice(0, title.length)) + first.slice(title.length),
    ...rest.map((line) => `  ${line}`),
  ];
  const shown = more.length > 3 * width ? `${more.slice(0, 3 * width)}…` : more;
  if (shown !== "" && shown !== NOTHING) lines.push(...wrap(shown, width - 2).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

function ruleText(verdict: RuleVerdict, style: TextStyle): string {
  const { rule, relevant, matches } = verdict;
  const place = `(${positionText(rule.definition)})`;
  const beside = rule.name.length + 1 + place.length <= style.width;
  const title = `${style.paint("title", rule.name)}${beside ? " " : "\n  "}${place}`;
  const off = rule.enabled ? "" : " The rule is disabled in its file.";
  const outcome = matches ? "match" : "no match";
  const why = relevant ? because(verdict.verdict) : "the rule is not evaluated for this event type.";
  const sentence = wrap(`${outcome}: ${why}${off}`, style.width - 2).join("\n  ");
  return `\n${title}\n${sentence}\n\n${treeText(verdict.verdict, style)}`;
}

function closeText({ rule, relevant, missing, share }: RuleVerdict, { width, paint }: TextStyle): string {
  const unmet = `${missing.length} ${missing.length === 1 ? "comparison" : "comparisons"} not met, ${Math.round(share * 100)}% met`;
  const about = relevant ? unmet : "not evaluated for this event type";
  const head = wrap(`${rule.name} (${positionText(rule.definition)}): ${about}`, width - 2).join("\n    ");
  const tests = missing.flatMap((verdict) => {
    const [first, ...more] = wrap(testText(verdict), width - 6);
    return [
      `    ${paint(verdict.holds ? "true" : "false", verdict.holds ? "✓" : "✗")} ${first}`,
      ...more.map((line) => `        ${line}`),
    ];
  });
  return `  ${head}\n${tests.map((line) => `${line}\n`).join("")}`;
}
