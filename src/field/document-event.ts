import type { Observed } from "../machine/observed.ts";
import { generalFields, PLUGIN_INFO, PLUGIN_NAME } from "./evt.ts";
import type { Field } from "./field.ts";
import { jsonText } from "./json-value.ts";
import { row } from "./row.ts";

/** Falco's plugins by event source. */
const PLUGINS: ReadonlyMap<string, string> = new Map([["k8s_audit", "k8saudit"]]);

const documentRows: ReadonlyMap<string, Field> = new Map(
  [
    row("evt.pluginname", "CHARBUF", ({ source }: Observed) => PLUGINS.get(source) ?? source, PLUGIN_NAME),
    row(
      "evt.plugininfo",
      "CHARBUF",
      ({ document }) => (document === undefined ? undefined : jsonText(document)),
      PLUGIN_INFO,
    ),
  ].map((field) => [field.name, field]),
);

/** General fields of documents. */
export const documentEventFields: readonly Field[] = generalFields.map(
  (field) => documentRows.get(field.name) ?? field,
);
