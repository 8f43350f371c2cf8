import { type Entry, plainValue } from "../../alert/entry.ts";
import type { Topic } from "../../field/role.ts";
import { idFields, nameFields } from "../../field/roles.ts";

/** The parts of an alert that describe where it happened. */
export type Placed = Pick<Entry, "hostname" | "names" | "values" | "received">;

/** The place where an alert happened: workload or host name, user, and processes. */
export interface Place {
  /** The description, in parts. */
  readonly parts: readonly string[];
  /** The values that the description contains. */
  readonly values: ReadonlySet<string>;
}

/** Value of `container.id` and `container.name` for processes that are not in a container. */
const HOST = "host";
/** Fields with the names of the process's ancestors, beginning with its parent. */
const ANCESTORS = ["proc.pname", ...[2, 3, 4, 5, 6, 7].map((n) => `proc.aname[${n}]`)];
/** Length of a container ID as container runtimes print it. */
const SHORT_ID = 12;

/** Topics whose names together identify a workload, from outermost to innermost. */
const WORKLOAD: readonly Topic[] = ["namespace", "pod", "space", "app", "task"];
/** Fields with the name of each part of a workload. */
const WORKLOAD_FIELDS = WORKLOAD.map(nameFields);
const CONTAINER_FIELDS = [...nameFields("container"), ...idFields("container")];
/** Fields with the name of the user or requester that caused the event, in order of preference. */
const WHO_FIELDS = [...nameFields("requester"), ...nameFields("user")];
const PROCESS_FIELDS = nameFields("process");

/** Describes where an alert happened. Values are untrusted and not escaped. */
export function placeOf({ hostname, names, values, received }: Placed): Place {
  const found = new Set<string>();
  const textOf = (name: string): string | undefined => {
    const value = plainValue(values[names.indexOf(name)]);
    return value === undefined || value === "" || value === "<NA>" ? undefined : value;
  };
  const use = (fields: readonly string[]): string | undefined => {
    for (const field of fields) {
      const value = textOf(field);
      if (value === undefined) continue;
      found.add(value);
      return value;
    }
    return undefined;
  };
  const workload = WORKLOAD_FIELDS.flatMap((fields) => use(fields) ?? []).join("/");
  const container = use(CONTAINER_FIELDS);
  const host = hostname === "" ? undefined : `host ${hostname}${received ? " (unverified)" : ""}`;
  const where = [
    ...(workload === "" ? [] : [workload]),
    ...(container === undefined || container === HOST ? [] : [`container ${shortId(container)}`]),
  ];
  const who = use(WHO_FIELDS);
  const process = use(PROCESS_FIELDS);
  const lineage = [process, ...ancestors(use)].filter((name) => name !== undefined);
  const parts = [
    ...(where.length > 0 ? where : host === undefined ? [] : [host]),
    ...(who === undefined ? [] : [`user ${who}`]),
    ...(lineage.length === 0 ? [] : [lineage.join(" ← ")]),
  ];
  return { parts, values: found };
}

/** Names of the ancestors, up to the first ancestor that the alert does not contain. */
function ancestors(use: (fields: readonly string[]) => string | undefined): string[] {
  const found: string[] = [];
  for (const field of ANCESTORS) {
    const name = use([field]);
    if (name === undefined) break;
    found.push(name);
  }
  return found;
}

function shortId(container: string): string {
  return /^[0-9a-f]{64}$/.test(container) ? container.slice(0, SHORT_ID) : container;
}
