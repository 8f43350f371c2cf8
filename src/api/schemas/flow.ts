import { list, object, text, time, type Value, whole } from "../schema.ts";
import { cursor, priority, searched } from "./common.ts";

const query = text("A query that selects the alerts of this end.");

const Flow = object({
  from: object({
    field: text("The field of the workload, program or source address; empty if the alert has none."),
    value: text(),
    query,
  }),
  to: object({
    address: text("The remote address."),
    port: whole("0 if it is unknown, or if the remote end is the client."),
    name: text("A name of the address; empty if unknown."),
    query,
  }),
  count: whole("Number of alerts."),
  priority,
  last: time("Time of the newest alert."),
});

/** Who connects to whom, as far as alerts show it. */
export const Flows = object({
  flows: list(Flow),
  alerts: whole("Alerts with a connection."),
  omitted: whole("Alerts of flows that are not listed."),
  next: cursor,
  ...searched,
});
export type Flows = Value<typeof Flows>;
