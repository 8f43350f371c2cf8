import type { DatabaseSync } from "node:sqlite";
import { type JournalAlert, plainValue } from "../../../alert/entry.ts";
import { isoText } from "../../../field/time.ts";
import { BUCKET } from "../../../journal/schema.ts";
import { notFound } from "../../api-error.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import { actorsOf } from "../actors.ts";
import { podRelations, rankOf } from "../pod-relations.ts";
import type { Related, TimelineEntry } from "../store.ts";
import { timelineEntry } from "../timeline-entry.ts";
import type { Connection } from "./connection.ts";
import { type Bounds, rowsOf } from "./search.ts";

/** Maximum number of alerts in a timeline. */
const MAX_RELATED = 200;
/** Maximum number of alerts per relation. */
const MAX_KIN = 100;
/** Maximum duration of a search in one direction, in milliseconds. */
const TIME_LIMIT = 50;

/** The process tree of an alert, and alerts of the same process, flow, container and pod. @throws ApiError */
export function relatedTo(connection: Connection, seq: number): Related {
  const { search, backgrounds } = connection;
  const alert = search.alert(seq);
  if (alert === undefined) throw notFound("Alert not found in the journal.");
  const { others, more } = closestTo(connection, alert);
  const timeline = others.map(({ other, relation }) => timelineEntry(other, isoText(other.time, "Z"), relation));
  timeline.sort((a, b) => (a.time < b.time ? -1 : 1));
  const actors = actorsOf(
    alert,
    others.map(({ other }) => other),
  );
  return { tree: backgrounds.tree(alert), timeline, more, ...(actors && { actors }) };
}

/** The alerts of the same process, flow, container and pod that are nearest in time, and whether there are more. */
export function closestTo(
  connection: Connection,
  alert: JournalAlert,
): { readonly others: readonly RelatedAlert[]; readonly more: boolean } {
  const { search, backgrounds } = connection;
  const { seq } = alert;
  const found = new Map<number, TimelineEntry["relation"]>();
  let more = false;
  const add = ({ numbers, more: hasMore }: Nearest, relation: TimelineEntry["relation"]): void => {
    for (const number of numbers) if (number !== seq && !found.has(number)) found.set(number, relation);
    more ||= hasMore;
  };
  const process = backgrounds.sameProcess(seq, MAX_KIN + 1);
  add({ numbers: process.slice(0, MAX_KIN), more: process.length > MAX_KIN }, "process");
  const field = (name: string): string | undefined => plainValue(alert.values[alert.names.indexOf(name)]);
  const flow = field("net.community_id");
  if (flow !== undefined) add(near(connection, "net.community_id", flow, seq), "flow");
  const container = field("container.id");
  if (container !== undefined && container !== "host" && container !== "")
    add(near(connection, "container.id", container, seq), "container");
  for (const { relation, filter } of podRelations(alert)) add(matches(connection, filter, seq), relation);
  const closest = [...found]
    .sort(([a, first], [b, second]) => rankOf(first) - rankOf(second) || Math.abs(a - seq) - Math.abs(b - seq))
    .slice(0, MAX_RELATED);
  more ||= found.size > MAX_RELATED;
  const others = closest.flatMap(([number, relation]) => {
    const other = search.alert(number);
    return other === undefined ? [] : [{ other, relation }];
  });
  return { others, more };
}

/** A related alert. */
interface RelatedAlert {
  readonly other: JournalAlert;
  readonly relation: TimelineEntry["relation"];
}

/** Sequence numbers of alerts. */
interface Nearest {
  readonly numbers: readonly number[];
  /** Whether there may be more alerts that are more distant from the given alert. */
  readonly more: boolean;
}

/** Sequence numbers of the alerts with a field value that are nearest in time to an alert. */
function near(connection: Connection, name: string, value: string, seq: number): Nearest {
  return matches(connection, { ...everything, condition: { kind: "test", name, operator: "=", values: [value] } }, seq);
}

/** Sequence numbers of the alerts that match a filter and are nearest in time to an alert. */
function matches({ db, search }: Connection, filter: Filter, seq: number): Nearest {
  const { first = 0, last } = boundsOf(db, filter);
  let more = false;
  const take = (order: "newest" | "oldest"): number[] => {
    const numbers: number[] = [];
    const end = performance.now() + TIME_LIMIT;
    const bounds: Bounds =
      order === "newest"
        ? { after: first - 1, before: Math.min(seq, (last ?? seq) + 1) }
        : { after: Math.max(seq, first - 1), ...(last !== undefined && { before: last + 1 }) };
    for (const { block, mask, test } of search.blocks(filter, order, bounds)) {
      for (const row of rowsOf(mask, order)) {
        if (test === undefined || test(row)) numbers.push(block.base + row);
        if (numbers.length > MAX_KIN / 2 || performance.now() > end) {
          more = true;
          return numbers.slice(0, MAX_KIN / 2);
        }
      }
      if (performance.now() > end) {
        more = true;
        return numbers;
      }
    }
    return numbers;
  };
  return { numbers: [...take("newest"), ...take("oldest")], more };
}

/** The first and last sequence number in the time range of a filter. */
function boundsOf(db: DatabaseSync, { since, until }: Filter): { readonly first?: number; readonly last?: number } {
  if (since === undefined || until === undefined) return {};
  const spans = db.prepare("SELECT min(first) AS first, max(last) AS last FROM span WHERE bucket BETWEEN ? AND ?");
  const { first, last } = spans.get(since / BUCKET, until / BUCKET) ?? {};
  return { first: Number(first ?? 0), last: Number(last ?? 0) };
}
