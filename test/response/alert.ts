import type { AlertRecord, FieldValue } from "../../src/alert/record.ts";
import type { Action, ActionRequest } from "../../src/response/action.ts";
import { withFallbacks } from "../../src/response/parameters.ts";
import { testHost } from "./host.ts";

/** Returns an alert with these fields, for tests. */
export function alertWith(
  fields: Readonly<Record<string, FieldValue>>,
  changes: Partial<AlertRecord> = {},
): AlertRecord {
  const about = {
    rule: "Read sensitive file",
    priority: "Warning",
    source: "syscall",
    tags: ["T1555", "filesystem"],
    hostname: "cell-7",
    output: "cat read /etc/shadow",
    ...changes,
  };
  const { rule, priority, source, tags, hostname, output } = about;
  return {
    id: "0199c5a0-7c3a-7d11-9d5c-0242ac120002",
    time: 1_785_414_896_123_456_789n,
    fields: new Map(Object.entries(fields)),
    json: JSON.stringify({
      ...{ hostname, output, priority, rule, source, tags },
      time: "2026-07-30T12:34:56.123456789Z",
      output_fields: fields,
    }),
    ...about,
  };
}

/**
 * Returns the request that the executor would create, with checked parameters, and defaults for the other parameters.
 */
export function requestFor(
  action: Action,
  alert: AlertRecord,
  given: Readonly<Record<string, unknown>>,
  more: Partial<ActionRequest> = {},
): ActionRequest {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(action.parameters, name) ? action.parameters[name] : undefined;
    checked[name] = parameter?.check(value);
    if (checked[name] === undefined) throw new Error(`${action.name} does not take ${name}: ${JSON.stringify(value)}`);
  }
  return {
    alert,
    parameters: withFallbacks(action.parameters, checked),
    key: "0199c5a0-7c3a-7d11-9d5c-0242ac120002/0",
    signal: AbortSignal.timeout(5000),
    host: testHost({}),
    ...more,
  };
}
