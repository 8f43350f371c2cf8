import { type Facts, type Field, valueText } from "../../facts.ts";

/** Alerts of one machine, and its resource in OTLP. */
interface ResourceGroup {
  readonly resource: object;
  readonly scope: object;
  readonly group: readonly Facts[];
}

/** Alerts by the machines that they are from. */
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

/** The attributes of a record or span of an alert. */
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

/** OTLP's JSON has 64-bit integers as text. */
function attributeOf(field: Field): object {
  const { name: key, json } = field;
  if (/^-?\d{1,18}$/.test(json)) return { key, value: { intValue: json } };
  if (json === "true" || json === "false") return { key, value: { boolValue: json === "true" } };
  if (/^-?\d+\.\d+(e[+-]?\d+)?$/i.test(json)) return { key, value: { doubleValue: Number(json) } };
  return attribute(key, valueText(field));
}
