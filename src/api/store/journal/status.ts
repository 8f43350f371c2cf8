import { readStatus } from "../../../journal/output-status.ts";
import { noResponses } from "../../agent-view.ts";
import type { Store } from "../store.ts";
import { numberIn } from "./cursor.ts";
import type { OpenJournal } from "./open-journal.ts";
import { isoOfMicroseconds } from "./stored.ts";

/** Reasons for suppressed responses. */
const SUPPRESSED: ReadonlySet<string> = new Set(["cooldown", "budget", "paused"]);

/** Methods for the status of the journal, responses and outputs. */
export function statusMethods(
  journal: OpenJournal,
): Pick<Store, "isField" | "facts" | "responseStatus" | "outputs" | "deadLetters"> {
  const { connected, stored } = journal;
  return {
    isField: (name) => connected()?.isField(name) ?? false,
    async facts() {
      const connection = connected();
      if (connection === undefined) return { alerts: 0, bytes: 0, oldest: null, newest: null };
      const { blocks, search } = connection;
      const [first, newest] = [search.alert(blocks.first), search.alert(blocks.to)];
      const oldest = first === undefined ? null : stored(connection, first).time;
      // The first alert is not always the earliest: alerts can be late, or received from other machines.
      const isFirst = first !== undefined && Number(first.time / 1000n) <= blocks.earliest;
      return {
        alerts: blocks.count + Math.max(0, blocks.from - blocks.first),
        bytes: connection.size(),
        oldest: isFirst || !Number.isFinite(blocks.earliest) ? oldest : isoOfMicroseconds(blocks.earliest),
        newest: newest === undefined ? null : stored(connection, newest).time,
      };
    },
    async responseStatus() {
      const connection = connected();
      if (connection === undefined) return noResponses;
      const { db, trail } = connection;
      const sums = { done: 0, skipped: 0, failed: 0, heldBack: 0 };
      for (const { state, why, count } of db
        .prepare("SELECT state, why, count(*) AS count FROM response GROUP BY 1, 2")
        .all()) {
        const what = state === "skipped" && SUPPRESSED.has(String(why)) ? "heldBack" : state;
        if (what === "done" || what === "skipped" || what === "failed" || what === "heldBack")
          sums[what] += Number(count);
      }
      return { paused: trail?.switch()?.paused ?? false, ...sums };
    },
    async outputs() {
      const db = connected()?.db;
      if (db === undefined) return new Map();
      const dead = db.prepare("SELECT output, count(*) AS count FROM dead GROUP BY output").all();
      const counts = new Map(dead.map(({ output, count }) => [String(output), Number(count)]));
      return new Map(
        db
          .prepare("SELECT name, status FROM output")
          .all()
          .map(({ name, status }) => {
            const { error = null, failed } = readStatus(status);
            const lastErrorTime = failed === undefined ? null : isoOfMicroseconds(failed * 1000);
            return [String(name), { dead: counts.get(String(name)) ?? 0, lastError: error, lastErrorTime }];
          }),
      );
    },
    async deadLetters(output, { limit, cursor }) {
      const connection = connected();
      if (connection === undefined) return { letters: [], next: null };
      const rows = connection.db
        .prepare("SELECT seq, time, reason FROM dead WHERE output = ? AND seq < ? ORDER BY seq DESC LIMIT ?")
        .all(output, numberIn(cursor) ?? Number.MAX_SAFE_INTEGER, limit);
      const letters = rows.flatMap(({ seq, time, reason }) => {
        const alert = connection.search.alert(Number(seq));
        if (alert === undefined) return []; // damaged
        return [
          {
            time: isoOfMicroseconds(Number(time) * 1000),
            reason: String(reason),
            alert: stored(connection, alert),
          },
        ];
      });
      return { letters, next: rows.length === limit ? String(rows.at(-1)?.seq) : null };
    },
  };
}
