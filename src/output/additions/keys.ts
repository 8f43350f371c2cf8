import { commaTexts, dictionary, type Settings, section, templates, text } from "../../setting/shape.ts";

/**
 * Keys of `outputs` that add fields and tags to alerts or change their text. They apply to all outputs in this section,
 * as in Falcosidekick.
 */
export const additionKeys = {
  customfields: dictionary("Fields to add to every alert; `%NAME` is the value of an environment variable."),
  templatedfields: templates(
    'Fields to add to every alert; the value is a Go template on the fields of the alert: `{{ or (index . "k8s.ns.name") "none" }}`.',
  ),
  customtags: commaTexts("Tags to add to every alert; `%NAME` is the value of an environment variable."),
  bracketreplacer: text("", "Replacement for `[` in field names; `]` is removed. Empty: names are unchanged."),
  outputfieldformat: text(
    "",
    "Format of the alert text, with `<timestamp>`, `<priority>`, `<output>`, `<custom_fields>`, `<templated_fields>` and `<tags>`. Empty: unchanged.",
  ),
  prometheus: section("", {
    extralabels: commaTexts(
      "Fields that become labels of `falcosecurity_falcosidekick_falco_events_total` in `/metrics`, in addition to the custom and templated fields.",
    ),
  }),
} as const;

export type Additions = Settings<typeof additionKeys>;

/** Whether any of the keys changes alerts. */
export function hasAdditions(additions: Additions): boolean {
  const { customfields, templatedfields, customtags, bracketreplacer, outputfieldformat } = additions;
  const count = Object.keys(customfields).length + Object.keys(templatedfields).length + customtags.length;
  return count > 0 || bracketreplacer !== "" || outputfieldformat !== "";
}
