import { goTemplate } from "../../template/template.ts";
import type { Facts } from "../facts.ts";
import { reasonOf } from "../output.ts";
import { alertValue } from "./alert-value.ts";

/** Formats messages with a template. */
export interface MessageFormat {
  /** The text for an alert; its original text if the template fails. */
  text(facts: Facts): string;
  /** A warning after the first failure; returned once. */
  warnings(): readonly string[];
}

/**
 * Creates a message format; undefined for an empty template.
 * @param key configuration key for the warning
 * @param quote escapes alert text for the receiver; the template itself may contain markup
 */
export function messageFormat(key: string, text: string, quote: (text: string) => string): MessageFormat | undefined {
  if (text === "") return undefined;
  const template = goTemplate(text);
  let failure: string | undefined;
  let isReported = false;
  return {
    text(facts) {
      try {
        return template.execute(alertValue(facts), quote);
      } catch (error) {
        failure ??= `${key} fails for an alert of the rule "${facts.alert.rule}": ${reasonOf(error)}. Alerts for which the template fails are sent with their original text`;
        return quote(facts.alert.text);
      }
    },
    warnings() {
      if (failure === undefined || isReported) return [];
      isReported = true;
      return [failure];
    },
  };
}
