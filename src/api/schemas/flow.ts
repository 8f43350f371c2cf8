import { list, object, text, time, type Value, whole } from "../schema.ts";
import { cursor, priority, searched } from "./common.ts";

const query = text("A query that selects the alerts with this end.");

const Flow = object({
  from: object({
    field: text("The field with the workload, program or source address; empty if the alert has no such field."),
    value: text(),
    query,
  }),
  to: object({
    address: text("The remote address."),
    port: whole("The remote port; 0 if the port is unknown or the remote end is the client."),
    name: text("A name of the address; empty if unknown."),
    query,
  }),
  count: whole("Number of alerts."),
  priority,
  last: time("Time of the newest alert."),
});

/** Connections between workloads and remote ends, derived from alerts. */
export const Flows = object({
  flows: list(Flow),
  alerts: whole("Number of alerts with a connection."),
  omitted: whole("Number of alerts of flows that are not listed."),
  next: cursor,
  ...searched,
});
export type Flows = Value<typeof Flows>;
