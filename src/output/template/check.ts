import { TemplateError } from "../../template/error.ts";
import { goTemplate } from "../../template/template.ts";
import { UnknownField, type Value } from "../../template/value.ts";
import { alertValue, fieldsValue } from "./alert-value.ts";

/** The data of a template: an alert, or its fields. */
export type TemplateSubject = "alert" | "fields";

/**
 * Returns the error of a template; undefined if it is valid. The template is executed with a sample alert to detect
 * references to unknown fields.
 */
export function templateError(text: string, subject: TemplateSubject): string | undefined {
  try {
    goTemplate(text).execute(samples[subject]);
  } catch (error) {
    if (error instanceof UnknownField) return error.message;
    if (!(error instanceof TemplateError)) throw error;
    if (error.offset !== undefined) return `${error.message} (character ${error.offset + 1} of the template)`;
  }
  return undefined; // other errors depend on the alert
}

const samples: Readonly<Record<TemplateSubject, Value>> = {
  fields: fieldsValue([]),
  alert: alertValue({
    id: "",
    key: "",
    isoTime: "1970-01-01T00:00:00.000000000Z",
    hostname: "",
    fields: [],
    alert: { rule: "", priority: "Warning", source: "", tags: [], time: 0n, message: "", text: "", json: "{}" },
  }),
};
