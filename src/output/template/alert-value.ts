import type { Alert } from "../../alert/alert.ts";
import { NumberText, type Struct, type Value, type ValueMap } from "../../template/value.ts";
import type { Facts, Field } from "../facts.ts";
import { timeValue } from "./time-value.ts";

/** Priority numbers, as in Falcosidekick. */
export const priorityNumber: Readonly<Record<Alert["priority"], number>> = {
  Debug: 1,
  Informational: 2,
  Notice: 3,
  Warning: 4,
  Error: 5,
  Critical: 6,
  Alert: 7,
  Emergency: 8,
};

/** Template data of an alert, with the names that Falcosidekick uses: `.Rule`, `.OutputFields`, … */
export function alertValue(facts: Facts): Struct {
  const { alert, id, hostname, fields } = facts;
  return {
    type: "types.FalcoPayload",
    fields: {
      UUID: id,
      Output: alert.text,
      Priority: priorityValue(alert.priority),
      Rule: alert.rule,
      Time: timeValue(alert.time),
      OutputFields: fieldsValue(fields),
      Source: alert.source,
      Tags: alert.tags,
      Hostname: hostname,
    },
    methods: {},
    text: alert.text,
  };
}

function priorityValue(priority: Alert["priority"]): Struct {
  const order = priorityNumber[priority];
  return { type: "types.PriorityType", fields: {}, methods: { String: () => priority }, text: priority, order };
}

/** Template data of fields, by name. */
export function fieldsValue(fields: readonly Field[]): ValueMap {
  return new Map(fields.map(({ name, json }) => [name, jsonValue(json)]));
}

/** Converts a JSON value. Numbers inside lists and objects may lose precision. */
function jsonValue(json: string): Value {
  if (/^-?\d/.test(json)) return new NumberText(json);
  try {
    return parsed(JSON.parse(json));
  } catch {
    return json;
  }
}

function parsed(value: unknown): Value {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return new NumberText(String(value));
  if (Array.isArray(value)) return value.map(parsed);
  if (typeof value !== "object" || value === null) return undefined;
  return new Map(Object.entries(value).map(([name, each]) => [name, parsed(each)]));
}
