import { type Facts, type Field, valueText } from "../../facts.ts";

/** Alerts of one machine, with its OTLP resource. */
interface ResourceGroup {
  readonly resource: object;
  readonly scope: object;
  readonly group: readonly Facts[];
}

/** Groups alerts by machine. */
export function byResource(alerts: readonly Facts[]): ResourceGroup[] {
  const byHost = Map.groupBy(alerts, ({ hostname }) => hostname);
  return [...byHost].map(([hostname, group]) => ({
    resource: {
      attributes: [attribute("service.name", "falco"), ...(hostname === "" ? [] : [attribute("host.name", hostname)])],
    },
    scope: { name: "eyas" },
    group,
  }));
}

/** Attributes of the record or span of an alert. */
export function attributesOf({ alert, id, fields, hostname }: Facts): object[] {
  return [
    attribute("uuid", id),
    attribute("rule", alert.rule),
    attribute("priority", alert.priority),
    attribute("source", alert.source),
    ...(hostname === "" ? [] : [attribute("hostname", hostname)]),
    ...(alert.tags.length === 0
      ? []
      : [{ key: "tags", value: { arrayValue: { values: alert.tags.map((tag) => ({ stringValue: tag })) } } }]),
    ...fields.map(attributeOf),
  ];
}

function attribute(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

/** Converts a field to an attribute. OTLP JSON encodes 64-bit integers as strings. */
function attributeOf(field: Field): object {
  const { name: key, json } = field;
  if (/^-?\d{1,18}$/.test(json)) return { key, value: { intValue: json } };
  if (json === "true" || json === "false") return { key, value: { boolValue: json === "true" } };
  if (/^-?\d+\.\d+(e[+-]?\d+)?$/i.test(json)) return { key, value: { doubleValue: Number(json) } };
  return attribute(key, valueText(field));
}
