import { type JournalAlert, plainValue } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import type { AlertQuery, FieldTest, WordsTest } from "./ast.ts";
import { valueTest, wantedPriorities } from "./value.ts";
import { wordsIn } from "./words.ts";

/** A function that returns whether an alert matches a query. */
export type AlertTest = (alert: JournalAlert) => boolean;

/**
 * Compiles a query to a function that tests alerts.
 * @param words compiles tests of phrases: {@link hasWords}, or a function that uses an index
 */
export function alertTest(query: AlertQuery, words: (test: WordsTest) => AlertTest = hasWords): AlertTest {
  switch (query.kind) {
    case "test":
      return fieldTest(query);
    case "words":
      return words(query);
    case "since":
      return ({ time }) => time / 1000n >= query.time / 1000n;
    case "until":
      return ({ time }) => time / 1000n <= query.time / 1000n;
    case "not": {
      const test = alertTest(query.part, words);
      return (alert) => !test(alert);
    }
    case "and": {
      const tests = query.parts.map((part) => alertTest(part, words));
      return (alert) => tests.every((test) => test(alert));
    }
    case "or": {
      const tests = query.parts.map((part) => alertTest(part, words));
      return (alert) => tests.some((test) => test(alert));
    }
  }
}

function fieldTest(test: FieldTest): AlertTest {
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
    const json = values[names.indexOf(name)];
    return json?.startsWith("[") ? anyOf(operator, holds)(membersOf(json)) : holds(plainValue(json));
  };
}

function tagTest(operator: FieldTest["operator"], holds: (value: string | undefined) => boolean): AlertTest {
  const test = anyOf(operator, holds);
  return ({ tags }) => test(tags);
}

/**
 * Returns a test for the members of a list. At least one member must match; with `!=`, all members must be unequal.
 */
function anyOf(
  operator: FieldTest["operator"],
  holds: (value: string | undefined) => boolean,
): (members: readonly string[]) => boolean {
  if (operator === "!=") return (members) => members.every(holds);
  return (members) => members.some(holds);
}

function membersOf(json: string): readonly string[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.map((each) => (typeof each === "string" ? each : JSON.stringify(each))) : [];
}

/**
 * Returns a test for whether the rule name, the message or a value contains a phrase. A phrase without words is
 * searched only in the message.
 */
export function hasWords({ words, prefix, text: plain }: WordsTest): AlertTest {
  if (words.length === 0) return ({ message }) => message.includes(plain);
  const wanted = ` ${words.join(" ")}${prefix ? "" : " "}`;
  return ({ rule, message, values }) =>
    [rule, message, ...values.map((value) => plainValue(value) ?? "")].some((text) =>
      ` ${wordsIn(text).join(" ")} `.includes(wanted),
    );
}
