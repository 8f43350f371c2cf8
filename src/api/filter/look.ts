import { type JournalAlert, plainValue } from "../../alert/entry.ts";
import { wordsIn } from "../../journal/search-text.ts";
import { priorities } from "../../rule/rule.ts";
import type { Ask, AskTest } from "./ask.ts";
import { valueTest, wantedPriorities } from "./value.ts";

/** Whether an alert is as a condition wants it. */
export type Look = (alert: JournalAlert) => boolean;

/** Prepares the look at whole alerts. @throws RegexError */
export function lookOf(ask: Ask): Look {
  if (ask.kind === "test") return lookOfTest(ask);
  if (ask.kind === "not") {
    const look = lookOf(ask.part);
    return (alert) => !look(alert);
  }
  const looks = ask.parts.map(lookOf);
  return ask.kind === "and"
    ? (alert) => looks.every((look) => look(alert))
    : (alert) => looks.some((look) => look(alert));
}

function lookOfTest(test: AskTest): Look {
  const { name, operator } = test;
  if (name === "priority") {
    const wanted = wantedPriorities(test);
    return ({ priority }) => wanted[priorities.indexOf(priority)] ?? false;
  }
  const holds = valueTest(test);
  if (name === "tags") return tagTest(operator, holds);
  if (name === "output") return ({ message }) => holds(message);
  if (name === "rule" || name === "source" || name === "hostname" || name === "id")
    return (alert) => holds(alert[name]);
  return ({ names, values }) => {
    const at = names.indexOf(name);
    const json = at < 0 ? undefined : values[at];
    if (json?.startsWith("[")) return anyOf(operator, holds)(membersOf(json));
    return holds(json === undefined ? undefined : plainValue(json));
  };
}

function tagTest(operator: AskTest["operator"], holds: (value: string | undefined) => boolean): Look {
  const test = anyOf(operator, holds);
  return ({ tags }) => test(tags);
}

/** Of lists one member that fits is enough, and `!=` wants that none is equal. */
function anyOf(
  operator: AskTest["operator"],
  holds: (value: string | undefined) => boolean,
): (members: readonly string[]) => boolean {
  if (operator === "!=") return (members) => members.every(holds);
  return (members) => members.some(holds);
}

function membersOf(json: string): readonly string[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.map((each) => (typeof each === "string" ? each : JSON.stringify(each))) : [];
}

/** Whether an alert has words one after the other in its rule's name, its message or a value. */
export function lookForWords(words: readonly string[], prefix: boolean): Look {
  const wanted = ` ${words.join(" ")}${prefix ? "" : " "}`;
  return ({ rule, message, values }) =>
    [rule, message, ...values.map((value) => plainValue(value) ?? "")].some((text) =>
      ` ${wordsIn(text).join(" ")} `.includes(wanted),
    );
}
