import { goTemplate } from "../../template/template.ts";
import type { Facts } from "../facts.ts";
import { reasonOf } from "../output.ts";
import { alertValue } from "./alert-value.ts";

/** The text of messages by a template. */
export interface MessageFormat {
  /** The text for an alert; its plain text if the template fails. */
  text(facts: Facts): string;
  /** A warning after the first failure; returned once. */
  warnings(): readonly string[];
}

/**
 * The text of messages by a template; undefined without one.
 * @param key the configuration key, for the warning
 * @param quote escapes text from alerts for the receiver; text of the template itself may contain markup
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
        failure ??= `${key} fails for an alert of the rule "${facts.alert.rule}": ${reasonOf(error)}. Such alerts have their plain text`;
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
