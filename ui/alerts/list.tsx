import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { connected } from "../api/live.ts";
import type { Filter } from "../filter/filter.ts";
import { useShortcuts } from "../shell/keys.ts";
import { navigate } from "../shell/router.ts";
import { integer, quantity } from "../text/number.ts";
import { AlertRow, ROW, ROW_NARROW } from "./alert-row.tsx";
import { EmptyState } from "./empty-state.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { useLiveUpdates } from "./live-updates.ts";
import { AlertRows } from "./rows.ts";
import { TriageBar, type TriageRequest } from "./triage-bar.tsx";
import { bodyHeight, VirtualRows } from "./virtual-rows.tsx";

const COLUMNS = ["Selected", "Time", "Priority", "Rule", "What happened", "Where", "State"];
const narrow = window.matchMedia("(max-width: 40rem)");

interface AlertListProps {
  readonly filter: Filter;
  /** Called when alerts came in. */
  readonly tell: () => void;
}

/** The live list: newest first, one row in focus, any number chosen. */
export function AlertList({ filter, tell }: AlertListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const reveal = useRef<((index: number) => void) | null>(null);
  /** The first row in view. */
  const top = useRef(0);
  const generation = useSignal(0);
  const rows = useMemo(() => new AlertRows(filter), [generation.value]);
  const focused = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const following = useSignal(filter.until === "");
  const triage = useSignal<TriageRequest | undefined>(undefined);
  const rowHeight = narrow.matches ? ROW_NARROW : ROW;

  useLiveUpdates(filter, rows, {
    shouldShow: () => following.peek() && top.current === 0,
    onAlerts: tell,
    reload: () => {
      generation.value++;
    },
  });

  rows.version.value;
  const count = rows.length;
  const look = useCallback(
    (first: number, last: number) => {
      top.current = first;
      rows.setViewport(first, last);
    },
    [rows],
  );

  /** A row that is to have the focus once it was fetched again; -1: none. */
  const wanted = useRef(-1);
  const focus = (index: number): void => {
    wanted.current = index;
    reveal.current?.(index);
    settleFocus();
  };
  const settleFocus = (): void => {
    const alert = wanted.current < 0 ? undefined : rows.at(wanted.current);
    if (alert === undefined) return;
    focused.value = alert.id;
    wanted.current = -1;
  };
  useEffect(settleFocus, [rows.version.value]);
  const step = (by: number): void => {
    const at = rows.indexOf(focused.peek());
    focus(Math.max(0, Math.min(rows.length - 1, at < 0 ? top.current : at + by)));
  };
  const toggle = (id: string): void => {
    const next = new Set(chosen.peek());
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  const extend = (id: string): void => {
    const [one, other] = [rows.indexOf(focused.peek()), rows.indexOf(id)].sort((a, b) => a - b);
    const next = new Set(chosen.peek());
    for (let index = Math.max(0, one); index <= other; index++) {
      const alert = rows.at(index);
      if (alert !== undefined) next.add(alert.id);
    }
    chosen.value = next;
  };
  const open = (id: string): void => navigate(`/alerts/${encodeURIComponent(id)}`);
  /** What triage is about: what was chosen, else the row in focus. */
  const subjects = useComputed(() =>
    chosen.value.size > 0 ? [...chosen.value] : focused.value === "" ? [] : [focused.value],
  );
  const withFocus = (act: (id: string) => void) => (): boolean => {
    if (focused.peek() === "") return false;
    act(focused.peek());
    return true;
  };
  const triageKey = (kind: TriageRequest["kind"]) => (): boolean => {
    if (subjects.peek().length === 0) return false;
    triage.value = { kind, ids: subjects.peek() };
    return true;
  };
  const page = (): number => Math.max(1, Math.floor(bodyHeight(scroller.current) / rowHeight) - 1);
  const steps: Readonly<Record<string, () => void>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => focus(0),
    End: () => focus(rows.length - 1),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (Object.hasOwn(steps, event.key)) steps[event.key]();
    else if (event.key === "Enter" && focused.peek() !== "") open(focused.peek());
    else if (event.key === " " && focused.peek() !== "") toggle(focused.peek());
    else return;
    event.preventDefault();
  };
  const shortcuts = useMemo(
    () => [
      { keys: "j", description: "Next alert", run: () => step(1) },
      { keys: "k", description: "Previous alert", run: () => step(-1) },
      { keys: "o", description: "Open the alert", run: withFocus(open) },
      { keys: "x", description: "Select the alert", run: withFocus(toggle) },
      { keys: "a", description: "Acknowledge", run: triageKey("acknowledge") },
      { keys: "c", description: "Comment", run: triageKey("comment") },
      { keys: "e", description: "Close with a reason", run: triageKey("close") },
      { keys: "n", description: "Show new alerts", run: () => showNew() },
      { keys: "p", description: "Follow or pause", run: () => followOrPause() },
    ],
    [rows, rowHeight],
  );
  useShortcuts(shortcuts);
  const showNew = (): void => {
    if (rows.showPending()) reveal.current?.(0);
    else generation.value++;
  };
  const followOrPause = (): void => {
    following.value = !following.value;
    if (following.value) showNew();
  };

  return (
    <section class="alert-list" aria-label="Alerts">
      <div class="toolbar">
        <span class="quiet" role="status">
          {count === 0
            ? ""
            : `${integer(count)}${rows.more.value ? "+" : ""} alert${count === 1 && !rows.more.value ? "" : "s"}`}
        </span>
        {filter.until === "" && (
          <button type="button" class="plain" aria-pressed={following.value} onClick={followOrPause}>
            <span class={following.value && connected.value ? "live-dot on" : "live-dot"} aria-hidden="true" />
            {following.value ? (connected.value ? "Live" : "Connecting …") : "Paused"}
          </button>
        )}
        {rows.pendingCount.value > 0 && (
          <button type="button" class="primary" onClick={showNew}>
            {quantity(rows.pendingCount.value, "new alert")}
          </button>
        )}
        <span class="gap" />
        <TriageBar
          ids={subjects.value}
          selected={chosen.value.size}
          request={triage}
          onStateChange={(id, state) => rows.setState(id, state)}
          onDone={() => {
            chosen.value = new Set();
          }}
        />
        <ExportMenu filter={filter} />
      </div>
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label="Alerts, newest first"
        aria-rowcount={rows.more.value ? -1 : count + 1}
        aria-multiselectable="true"
        aria-activedescendant={focused.value === "" ? undefined : `row-${focused.value}`}
        class="grid"
        onKeyDown={onKeyDown}
        onFocus={() => {
          if (focused.peek() === "" && count > 0) focus(top.current);
        }}
      >
        <div role="row" aria-rowindex={1} class="row head">
          {COLUMNS.map((name, index) => (
            <span role="columnheader" key={name}>
              {index === 0 ? <span class="unseen">{name}</span> : name}
            </span>
          ))}
        </div>
        <div role="rowgroup">
          <VirtualRows
            reveal={reveal}
            scroller={scroller}
            count={count}
            rowHeight={rowHeight}
            onViewport={look}
            row={(index) => {
              const alert = rows.at(index);
              return (
                <AlertRow
                  key={alert?.id ?? `gap-${index}`}
                  index={index}
                  alert={alert}
                  focused={alert !== undefined && focused.value === alert.id}
                  selected={alert !== undefined && chosen.value.has(alert.id)}
                  select={(id, how) => {
                    if (how === "extend") extend(id);
                    else if (how === "toggle") toggle(id);
                    focused.value = id;
                  }}
                  open={open}
                />
              );
            }}
          />
        </div>
      </div>
      {count === 0 && <EmptyState rows={rows} filter={filter} />}
      {rows.failure.value !== undefined && count > 0 && (
        <p class="failure" role="alert">
          {rows.failure.value}
        </p>
      )}
    </section>
  );
}
