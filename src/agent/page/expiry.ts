import { lstatSync, statSync } from "node:fs";
import type { AgentRequest, AgentResponse } from "../../api/agent-view.ts";
import { type ExceptionEntry, entriesIn } from "../../api/exceptions/entries.ts";
import { metadataIn } from "../../api/exceptions/metadata.ts";
import type { NewAuditEntry } from "../../api/store/store.ts";
import { readLimited } from "../../config/read-limited.ts";
import { limits } from "../../rule/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { readPageFile } from "./page-file.ts";

/** Removes expired exceptions from the exceptions file. */
export interface Expiry {
  /** Must be called when reloads are possible. */
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
/** Time after which a failed removal is retried, in milliseconds. */
const RETRY = 600_000;

export function openExpiry({ file, request, audit, log, checkEvery = CHECK }: ExpiryOptions): Expiry {
  const expiring = readWhenChanged();
  /** When to retry the removal of exceptions, by ID and version. */
  const failed = new Map<string, { readonly until: number; readonly reason: string }>();
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  /** Version of the file that could not be changed, and the reason. */
  let unchanged = "";

  async function check(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      const now = Date.now();
      const text = expiring(file(), now);
      if (text === undefined) return;
      const all = (await entriesIn(text)).entries.filter((entry) => isDue(entry, now));
      for (const key of failed.keys()) if (!all.some((entry) => keyOf(entry) === key)) failed.delete(key);
      for (const entry of all) report(entry, entry.fixed);
      const changeable = all.filter(({ fixed }) => fixed === undefined);
      const due = changeable.filter((entry) => now >= (failed.get(keyOf(entry))?.until ?? 0)).slice(0, MOST);
      if (due.length === 0) return;
      const reason = await remove(due);
      // If several were to be removed, a single exception may be the reason.
      if (reason !== undefined)
        for (const entry of due) report(entry, due.length === 1 ? reason : await remove([entry]));
    } catch (error) {
      reportFile(error instanceof Error ? error.message : String(error));
    } finally {
      isBusy = false;
    }
  }

  /** @returns the reason why the exceptions could not be removed; undefined on success */
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

  /** Logs the reason why the file cannot be changed, once for each version of the file. */
  function reportFile(reason: string): void {
    const state = `${versionAt(file())} ${reason}`;
    if (state !== unchanged) log(logLines.expiryFailed(file(), reason));
    unchanged = state;
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

function isDue({ metadata }: ExceptionEntry, now: number): boolean {
  return metadata?.expires !== undefined && Date.parse(metadata.expires) <= now;
}

/** Identifies a version of a file, or of the target of a symbolic link; undefined if the file does not exist. */
function identityOf(file: string): string | undefined {
  const link = lstatSync(file, { throwIfNoEntry: false });
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && link && `${file} ${link.ino} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

/** Like {@link identityOf}, but undefined if the directory cannot be read. */
function versionAt(file: string): string | undefined {
  try {
    return identityOf(file);
  } catch {
    return undefined;
  }
}

/**
 * Returns a function that reads the exceptions file if one of its exceptions has expired. The file is read only if it
 * has changed since the last call, or an exception has expired. The function throws if the file cannot be read, or if
 * an exception has expired but the page must not change the file.
 */
function readWhenChanged(): (file: string, now: number) => string | undefined {
  let known: string | undefined;
  let first = Number.POSITIVE_INFINITY;
  let failure: unknown;
  return (file, now) => {
    const identity = identityOf(file);
    if (identity === undefined || (identity === known && first > now)) return undefined;
    if (identity === known && failure !== undefined) throw failure; // the file can be large
    const { text, failure: why } = readAnyway(file);
    failure = why;
    const times = text.match(/^# eyas-exception: .*$/gm)?.map((line) => Date.parse(metadataIn(line)?.expires ?? ""));
    first = Math.min(Number.POSITIVE_INFINITY, ...(times?.filter((time) => !Number.isNaN(time)) ?? []));
    known = identity;
    if (first > now) return undefined;
    if (failure !== undefined) throw failure;
    return text;
  };
}

/**
 * The content of the file, and the reason if the page must not change the file. @throws Error if the file cannot be
 * read
 */
function readAnyway(file: string): { readonly text: string; readonly failure?: unknown } {
  try {
    return { text: readPageFile(file)?.text ?? "" };
  } catch (failure) {
    return { text: readLimited(file, limits.fileBytes), failure }; // the same way as rule files are read
  }
}
