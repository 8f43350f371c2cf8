import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { BulkChange } from "../../src/api/schemas/bulk.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { changeFailure, latestChange, undoLatest } from "./bulk-change.ts";

/** Words for a change that is running, and for one that has ended. */
const VERBS: Readonly<Record<BulkChange["action"], readonly [running: string, ended: string]>> = {
  acknowledge: ["Acknowledging", "Acknowledged"],
  close: ["Closing", "Closed"],
  reopen: ["Reopening", "Reopened"],
  comment: ["Commenting on", "Commented on"],
  undo: ["Restoring the states of", "Restored the states of"],
};

/** Progress and result of the latest bulk change, with a button that undoes it. */
export function BulkNotice(): JSX.Element {
  const change = latestChange.value;
  const canUndo = change?.undoUntil !== undefined && hasRole("responder");
  const shortcuts = useMemo(
    () => (canUndo ? [{ keys: "z", description: "Undo", run: () => void undoLatest() }] : []),
    [canUndo],
  );
  useShortcuts(shortcuts);
  return (
    <div class={change === undefined ? "bulk-notice empty-notice" : "bulk-notice"}>
      <span role="status">{change !== undefined && <Untrusted text={textOf(change)} />}</span>
      {change?.state === "running" && (
        <progress aria-label="Progress" max={change.total ?? 1} value={change.total && change.changed} />
      )}
      {changeFailure.value !== "" && (
        <span class="failure" role="alert">
          {changeFailure.value}
        </span>
      )}
      {canUndo && (
        <button type="button" title="Undo (z)" onClick={() => void undoLatest()}>
          Undo
        </button>
      )}
      {change !== undefined && change.state !== "running" && (
        <button type="button" class="plain" onClick={dismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}

function dismiss(): void {
  latestChange.value = undefined;
  changeFailure.value = "";
}

function textOf({ action, state, total, changed, reason }: BulkChange): string {
  const [running, ended] = VERBS[action];
  if (state === "running") {
    if (total === undefined) return "Searching for alerts…";
    return `${running} ${quantity(total, "alert")}: ${integer(changed)} done…`;
  }
  const left = (total ?? changed) - changed;
  if (state !== "done") {
    const cause = state === "failed" ? (reason ?? "unknown reason") : "interrupted";
    return `${ended} only ${integer(changed)} of ${quantity(total ?? changed, "alert")}: ${cause.replace(/\.$/, "")}.`;
  }
  const result = `${ended} ${quantity(changed, "alert")}.`;
  if (left === 0) return result;
  return `${result} Skipped ${quantity(left, "alert")} that changed in the meantime.`;
}
