import { lstatSync } from "node:fs";
import type { AgentRequest, AgentResponse } from "../../api/agent-view.ts";
import { type ExceptionEntry, entriesIn } from "../../api/exceptions/entries.ts";
import { metadataIn } from "../../api/exceptions/metadata.ts";
import type { NewAuditEntry } from "../../api/store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { readExceptions } from "./exceptions-file.ts";

/** Removes exceptions from the exceptions file when they expire. */
export interface Expiry {
  /** Call when reloads are possible. */
  begin(): void;
  close(): void;
}

export interface ExpiryOptions {
  /** Path of the exceptions file. */
  readonly file: () => string;
  readonly request: (request: AgentRequest) => Promise<AgentResponse>;
  readonly audit: (entry: NewAuditEntry) => void;
  readonly log: Log;
  /** Milliseconds between checks. Default: {@link CHECK}. */
  readonly checkEvery?: number;
}

const CHECK = 15_000;
/** Maximum number of exceptions that one reload removes. */
const MOST = 20;
/** Milliseconds until the removal of an exception that could not be removed is retried. */
const RETRY = 600_000;

export function openExpiry({ file, request, audit, log, checkEvery = CHECK }: ExpiryOptions): Expiry {
  const expiring = readWhenChanged();
  /** When to retry the removal of exceptions, by ID and version. */
  const failed = new Map<string, { readonly until: number; readonly reason: string }>();
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;

  async function check(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      const now = Date.now();
      const text = expiring(file(), now);
      if (text === undefined) return;
      const all = (await entriesIn(text)).entries.filter((entry) => isDue(entry, now));
      for (const key of failed.keys()) if (!all.some((entry) => keyOf(entry) === key)) failed.delete(key);
      const due = all.filter((entry) => now >= (failed.get(keyOf(entry))?.until ?? 0)).slice(0, MOST);
      if (due.length === 0) return;
      const reason = await remove(due);
      // One of them may be the reason.
      if (reason !== undefined)
        for (const entry of due) report(entry, due.length === 1 ? reason : await remove([entry]));
    } catch {
      // the file cannot be read, or is invalid; its reload reports that
    } finally {
      isBusy = false;
    }
  }

  /** @returns the reason why they could not be removed */
  async function remove(due: readonly ExceptionEntry[]): Promise<string | undefined> {
    const exceptions = due.map(({ id, version }) => ({ id, version }));
    const response = await request({ kind: "except", request: { change: "expired", exceptions } });
    if ("refused" in response) return response.refused;
    for (const { id, rule, yaml, metadata } of due) {
      log(logLines.exceptionExpired(rule, id));
      const detail = `Expired: ${metadata?.expires ?? ""}\n${yaml.replaceAll("\r\n", "\n")}`;
      audit({ user: "eyas", address: "", action: "remove expired exception", target: rule, detail });
    }
    return undefined;
  }

  function report(entry: ExceptionEntry, reason: string | undefined): void {
    if (reason === undefined) return;
    const key = keyOf(entry);
    if (failed.get(key)?.reason !== reason) log(logLines.exceptionNotRemoved(entry.rule, entry.id, reason));
    failed.set(key, { until: Date.now() + RETRY, reason });
  }

  return {
    begin() {
      timer ??= setInterval(() => void check(), checkEvery).unref();
      void check();
    },
    close: () => clearInterval(timer),
  };
}

function keyOf({ id, version }: ExceptionEntry): string {
  return `${id} ${version}`;
}

function isDue({ metadata, fixed }: ExceptionEntry, now: number): boolean {
  return fixed === undefined && metadata?.expires !== undefined && Date.parse(metadata.expires) <= now;
}

/**
 * Returns a function that reads the exceptions file if one of its exceptions has expired. The file is only read if it
 * has changed since, or an exception has expired.
 */
function readWhenChanged(): (file: string, now: number) => string | undefined {
  let known = "";
  let first = Number.POSITIVE_INFINITY;
  return (file, now) => {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return undefined;
    const identity = `${file} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (identity === known && first > now) return undefined;
    const text = readExceptions(file)?.text ?? "";
    const times = text.match(/^# eyas-exception: .*$/gm)?.map((line) => Date.parse(metadataIn(line)?.expires ?? ""));
    first = Math.min(Number.POSITIVE_INFINITY, ...(times?.filter((time) => !Number.isNaN(time)) ?? []));
    known = identity;
    return first <= now ? text : undefined;
  };
}
