import { type JournalAlert, plainValue } from "../../alert/entry.ts";
import { nameFields } from "../../field/roles.ts";
import type { IncidentObject } from "../schemas/incident.ts";
import { fieldReader } from "./pod-relations.ts";

/** Maximum number of objects of an alert. */
export const MAX_OBJECTS_PER_ALERT = 10;

/** Fields that contain the path of a file or the name of a connection. */
const NAMED = [...nameFields("file"), ...nameFields("path")];
/** Matches the name of a connection, such as `10.0.0.1:4000->10.0.0.2:443`. The server's end is on the right. */
const CONNECTION = /^[0-9a-fA-F.:[\]]{2,60}->([0-9a-fA-F.:[\]]{2,60})$/;

/** Files, connections and Kubernetes objects that an alert is about, each listed once. Names can have any length. */
export function objectsOf(alert: JournalAlert): readonly IncidentObject[] {
  const found = new Map<string, IncidentObject>();
  const add = (kind: IncidentObject["kind"], name: string): void => {
    if (name !== "") found.set(`${kind} ${name}`, { kind, name });
  };
  const field = fieldReader(alert);
  for (const name of NAMED)
    for (const text of textsOf(alert, name)) {
      if (text.startsWith("/")) add("file", text);
      else add("connection", CONNECTION.exec(text)?.[1] ?? "");
    }
  if (![...found.values()].some(({ kind }) => kind === "connection"))
    add("connection", endpoint(field("fd.sip"), field("fd.sport")));
  add("connection", endpoint(field("net.dst.ip"), field("net.dst.port")));
  add("resource", resourceOf(field));
  return [...found.values()];
}

/** The members of a list field, or the value of another field. */
function textsOf({ names, values }: JournalAlert, name: string): readonly string[] {
  const json = values[names.indexOf(name)];
  if (json?.startsWith("[") !== true) return [plainValue(json) ?? ""];
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}

function endpoint(address: string, port: string): string {
  if (!/^[0-9a-fA-F.:]+$/.test(address)) return "";
  if (!/^[1-9]\d*$/.test(port)) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The object of an API request, such as `pods prod/web-1`. */
function resourceOf(field: (name: string) => string): string {
  const resource = field("ka.target.resource");
  const name = field("ka.target.name");
  if (resource === "" || resource === "<NA>") return "";
  const inside = [field("ka.target.namespace"), name].filter((part) => part !== "" && part !== "<NA>");
  return `${resource} ${inside.join("/")}`.trimEnd();
}
