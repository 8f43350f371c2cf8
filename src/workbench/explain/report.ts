import type { EventFacts } from "./event.ts";
import type { RuleVerdict } from "./near.ts";
import { because, type Look, placeText, testText, treeText, wrap } from "./text.ts";

/**
 * An event and what rules made of it, for people.
 * @param one whether it is about one rule that was asked for: else the rules that fired and those that came nearest
 */
export function explanationText(event: EventFacts, verdicts: readonly RuleVerdict[], one: boolean, look: Look): string {
  const fired = verdicts.filter(({ fires }) => fires);
  const others = verdicts.filter(({ fires }) => !fires);
  const head = eventText(event, look);
  if (one) return head + verdicts.map((verdict) => ruleText(verdict, look)).join("");
  const none = fired.length === 0 ? `\n${look.paint("title", "No rule fired.")}\n` : "";
  const near = others.length === 0 ? "" : `\n${look.paint("title", "Came nearest:")}\n`;
  return (
    head +
    none +
    fired.map((verdict) => ruleText(verdict, look)).join("") +
    near +
    others.map((verdict) => nearText(verdict, look)).join("")
  );
}

function eventText(event: EventFacts, look: Look): string {
  const { texts, document } = event;
  const text = (field: string): string => texts.get(field) ?? NOTHING;
  if (document !== undefined) {
    const facts = [...texts].filter(([field, value]) => !field.startsWith("evt.") && value !== NOTHING);
    const told = facts.map(([field, value]) => `${field} = ${value}`).join(", ");
    return headText(
      `Event ${text("evt.num")}: ${text("evt.source")}`,
      `at ${text("evt.time.iso8601")}`,
      told === "" ? document : told,
      look,
    );
  }
  const user = text("user.name") === NOTHING ? "" : `, user ${text("user.name")}`;
  const parent = text("proc.pname") === NOTHING ? "" : `, child of ${text("proc.pname")}`;
  const container = text("container.id");
  const where = container === "host" || container === NOTHING ? "" : `, container ${container}`;
  const who = `by ${text("proc.name")} (${text("proc.pid")}${parent}${user}${where}) at ${text("evt.time.iso8601")}`;
  return headText(`Event ${text("evt.num")}: ${text("evt.type")}`, who, text("evt.args").trim(), look);
}

/** What fields say that say nothing. */
const NOTHING = "<NA>";

function headText(title: string, who: string, more: string, { width, paint }: Look): string {
  const [first, ...rest] = wrap(`${title} ${who}`, width);
  const lines = [
    paint("title", first.slice(0, title.length)) + first.slice(title.length),
    ...rest.map((line) => `  ${line}`),
  ];
  const shown = more.length > 3 * width ? `${more.slice(0, 3 * width)}…` : more;
  if (shown !== "" && shown !== NOTHING) lines.push(...wrap(shown, width - 2).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

function ruleText(verdict: RuleVerdict, look: Look): string {
  const { rule, concerned, fires } = verdict;
  const place = `(${placeText(rule.definition)})`;
  const beside = rule.name.length + 1 + place.length <= look.width;
  const title = `${look.paint("title", rule.name)}${beside ? " " : "\n  "}${place}`;
  const off = rule.enabled ? "" : " The rule is switched off in its file.";
  const outcome = fires ? "fires" : "does not fire";
  const why = concerned ? because(verdict.verdict) : "it is not asked about this type of event.";
  const sentence = wrap(`${outcome}: ${why}${off}`, look.width - 2).join("\n  ");
  return `\n${title}\n${sentence}\n\n${treeText(verdict.verdict, look)}`;
}

function nearText({ rule, concerned, missing, share }: RuleVerdict, { width, paint }: Look): string {
  const short = `${missing.length} ${missing.length === 1 ? "test" : "tests"} short, ${Math.round(share * 100)} % there`;
  const about = concerned ? short : "not asked about this type of event";
  const head = wrap(`${rule.name} (${placeText(rule.definition)}): ${about}`, width - 2).join("\n    ");
  const tests = missing.flatMap((verdict) => {
    const [first, ...more] = wrap(testText(verdict), width - 6);
    return [
      `    ${paint(verdict.holds ? "true" : "false", verdict.holds ? "✓" : "✗")} ${first}`,
      ...more.map((line) => `        ${line}`),
    ];
  });
  return `  ${head}\n${tests.map((line) => `${line}\n`).join("")}`;
}
