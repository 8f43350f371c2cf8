import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { narrowed } from "../../ui-shared/filter/compose.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { EntryMemory } from "../../ui-shared/page/entry-memory.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { historyEntry, navigate, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { groupShortcuts } from "../../ui-shared/triage/group-actions.tsx";
import type { GroupDialogKind } from "../../ui-shared/triage/group-dialog.tsx";
import { groupPageAddress } from "../../ui-shared/triage/group-order.ts";
import type { Matching } from "./bulk-change.ts";
import { newestOf } from "./newest.ts";
import { type TriageRequest, triageShortcuts } from "./triage-bar.tsx";

/** The focused group and the selected groups, by key. */
export interface GroupSelection {
  readonly focused: ReadonlySignal<string>;
  readonly selected: ReadonlySignal<ReadonlySet<string>>;
  /** The alerts of the selected groups, or of the focused group if no group is selected. */
  readonly matching: ReadonlySignal<Matching | undefined>;
  /** The triage action that the user has requested. */
  readonly request: Signal<TriageRequest | undefined>;
  /** The selected groups, or the focused one if no group is selected. */
  readonly targets: ReadonlySignal<readonly AlertGroup[]>;
  /** The open dialog for the triage of groups. */
  readonly dialog: Signal<GroupDialogKind | undefined>;
  readonly focus: (key: string) => void;
  readonly toggle: (key: string) => void;
  readonly clear: () => void;
}

/** The focus and the selection by entry of the browser's history, for when the user goes back to the list. */
const memory = new EntryMemory<{ readonly focused: string; readonly selected: ReadonlySet<string> }>();

const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>("input[data-group]")];

/** Identifies a group in the list. */
export function keyOf({ rule, key }: AlertGroup): string {
  return `${rule}\n${key}`;
}

/** Manages the selection of groups, with keyboard shortcuts. */
export function useGroupSelection(
  filter: Filter,
  groups: ReadonlySignal<readonly AlertGroup[] | undefined>,
): GroupSelection {
  const entry = useMemo(() => historyEntry, []);
  const before = useMemo(() => memory.recall(entry), []);
  const focused = useSignal(before?.focused ?? "");
  const selected = useSignal<ReadonlySet<string>>(before?.selected ?? new Set());
  useEffect(() => () => memory.remember(entry, { focused: focused.peek(), selected: selected.peek() }), []);
  const isLoaded = groups.value !== undefined;
  useEffect(() => {
    if (isLoaded && before !== undefined)
      boxes()
        .find((box) => box.dataset.group === before.focused)
        ?.focus();
  }, [isLoaded]);
  const request = useSignal<TriageRequest | undefined>(undefined);
  const dialog = useSignal<GroupDialogKind | undefined>(undefined);
  const targets = useComputed(() => {
    const wanted = selected.value.size > 0 ? selected.value : new Set([focused.value]);
    return (groups.value ?? []).filter((group) => wanted.has(keyOf(group)));
  });
  const matching = useComputed(() => matchingOf(filter, targets.value));

  const step = (by: number) => (): boolean => {
    const all = boxes();
    const at = all.findIndex((box) => box.getAttribute("data-group") === focused.peek());
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
    next?.focus();
    return next !== undefined;
  };
  const triage = (kind: TriageRequest["kind"]) => (): boolean => {
    const all = matching.peek();
    if (all !== undefined) request.value = { kind, ids: [], matching: all };
    return all !== undefined;
  };
  const toggle = (key: string): void => {
    const next = new Set(selected.peek());
    if (!next.delete(key)) next.add(key);
    selected.value = next;
  };
  const withFocus = (act: (group: AlertGroup) => void) => (): boolean => {
    const group = groups.peek()?.find((each) => keyOf(each) === focused.peek());
    if (group !== undefined) act(group);
    return group !== undefined;
  };
  const shortcuts = useMemo(
    () => [
      { keys: "j", also: "ArrowDown", description: "Next group", run: step(1) },
      { keys: "k", also: "ArrowUp", description: "Previous group", run: step(-1) },
      {
        keys: "o",
        also: "Enter",
        description: "Open group",
        run: withFocus((group) => navigate(groupPageAddress(group.newest.id, parameters.peek()))),
      },
      { keys: "x", description: "Select group", run: withFocus((group) => toggle(keyOf(group))) },
      ...triageShortcuts(triage),
      ...groupShortcuts((kind) => {
        if (targets.peek().length > 0) dialog.value = kind;
        return targets.peek().length > 0;
      }),
    ],
    [filter, hasRole("responder")],
  );
  useShortcuts(shortcuts);
  return {
    focused,
    selected,
    matching,
    request,
    targets,
    dialog,
    focus(key) {
      focused.value = key;
    },
    toggle,
    clear() {
      selected.value = new Set();
    },
  };
}

/** The alerts of groups; undefined if there are no groups. */
export function matchingOf(filter: Filter, groups: readonly AlertGroup[]): Matching | undefined {
  const [first] = groups;
  if (first === undefined) return undefined;
  const query = groups.length === 1 ? first.query : `(${groups.map((group) => `(${group.query})`).join(" or ")})`;
  return {
    filter: { ...filter, query: narrowed(filter.query, query) },
    count: groups.reduce((sum, { count }) => sum + count, 0),
    newest: newestOf(groups.map(({ newest }) => newest.id)),
  };
}
