import type { DatabaseSync } from "node:sqlite";
import { aboutOf } from "../alert/about.ts";
import { type Entry, plainValue } from "../alert/entry.ts";
import { groupKey } from "../alert/group-key.ts";
import { covers, readScope, type Scope, scopeOf } from "../alert/scope.ts";
import { openCommentIds } from "./comment-ids.ts";

/** Closes new alerts of groups for which users have requested it. To be used in the transaction that writes the alerts. */
export interface AutoClose {
  /** Reads the requests if they have changed. */
  refresh(): void;
  /** Closes an alert that was just written if a request of its group covers it. */
  apply(seq: number, entry: Entry): void;
}

interface Request {
  /** ID in the table `group_change`. */
  readonly id: number;
  readonly user: string;
  /** End in milliseconds since the epoch. */
  readonly until: number;
  readonly scope: Scope;
}

export function openAutoClose(db: DatabaseSync): AutoClose {
  const last = db.prepare("SELECT max(id) AS last FROM group_change");
  const requests = db.prepare(`SELECT id, key, who, action, value, scope FROM group_change WHERE id IN
    (SELECT max(id) FROM group_change WHERE action IN ('auto_close', 'end_auto_close') GROUP BY key)`);
  const ids = openCommentIds(db);
  // The comment has no text, because retention protects alerts that have comments with text. Readers find the text in
  // the row of the request.
  const comment = db.prepare(
    "INSERT INTO comment (id, seq, time, who, text, state, bulk) VALUES (?, ?, ?, ?, '', 'closed', ?)",
  );
  const triage = db.prepare("INSERT OR REPLACE INTO triage VALUES (?, 'closed', ?, ?)");
  const byGroup = new Map<string, Request>();
  let known = 0;

  return {
    refresh() {
      const now = Number(last.get()?.last ?? 0);
      if (now === known) return;
      byGroup.clear();
      for (const { id, key, who, action, value, scope: stored } of requests.all()) {
        const scope = action === "auto_close" ? readScope(String(stored)) : undefined;
        if (scope === undefined) continue;
        const until = value === "" ? Number.POSITIVE_INFINITY : Date.parse(String(value));
        byGroup.set(String(key), { id: Number(id), user: String(who), until, scope });
      }
      known = now;
    },
    apply(seq, entry) {
      if (byGroup.size === 0) return;
      const about = aboutOf(entry);
      if (about === undefined) return;
      const request = byGroup.get(groupKey(entry.rule, about));
      const now = Date.now();
      if (request === undefined || !(now < request.until) || !covers(request.scope, scopeOfEntry(entry))) return;
      const id = ids.next();
      ids.store(id);
      comment.run(id, seq, now, request.user, -request.id);
      triage.run(seq, request.user, now);
    },
  };
}

function scopeOfEntry(entry: Entry): Scope {
  return scopeOf(entry, (name) => plainValue(entry.values[entry.names.indexOf(name)]));
}
