import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { columns, moveColumn, resetColumns, setColumns } from "./column-choice.ts";
import { builtInColumns, isColumnName, isField, MAX_COLUMNS, titleOf } from "./columns.ts";
import { order, setOrder } from "./order.ts";

/** The buttons of a column in the dialog. */
type Control = "up" | "down" | "remove";

/** Dialog for the columns of the list, their order, and the order of the alerts. Changes apply immediately. */
export function ColumnsDialog({ close }: { readonly close: () => void }): JSX.Element {
  const id = useId();
  const list = useRef<HTMLOListElement>(null);
  const message = useSignal("");
  const chosen = columns.value;
  const { focus } = useFocusAfterChange(list);
  const move = (name: string, to: number, control: Control): void => {
    if (chosen.every((column) => column.name !== name)) return; // dragged from another window
    moveColumn(name, to);
    message.value = `${titleOf(name)} is column ${to + 1} of ${chosen.length}.`;
    focus(name, control);
  };
  const remove = (name: string): void => {
    const at = chosen.findIndex((column) => column.name === name);
    const others = chosen.filter((column) => column.name !== name);
    setColumns(others);
    message.value = `Removed ${titleOf(name)}.`;
    focus(others[Math.min(at, others.length - 1)]?.name ?? "", "remove");
  };
  /** Adds a column. Returns false if it cannot be added. */
  const add = (name: string): boolean => {
    if (!isColumnName(name)) message.value = "Enter the name of a field, such as proc.cmdline.";
    else if (chosen.some((column) => column.name === name)) message.value = `${titleOf(name)} is already a column.`;
    else if (chosen.length >= MAX_COLUMNS)
      message.value = `The list can have at most ${MAX_COLUMNS} columns. Remove one first.`;
    else {
      setColumns([...chosen, { name }]);
      message.value = `Added ${titleOf(name)}.`;
      return true;
    }
    return false;
  };
  return (
    <Dialog title="Columns" close={close}>
      <div class="columns-dialog">
        <label class="order" for={`${id}-order`}>
          Order
          <select
            id={`${id}-order`}
            value={order.value}
            onChange={({ currentTarget }) => setOrder(currentTarget.value === "oldest" ? "oldest" : "newest")}
          >
            <option value="newest">Newest first</option>
            <option value="oldest">Oldest first</option>
          </select>
        </label>
        <ol ref={list} class="column-list" aria-label="Shown columns">
          {chosen.map(({ name }, at) => (
            <ColumnItem key={name} {...{ name, at, move, remove }} count={chosen.length} />
          ))}
        </ol>
        <p class="muted" role="status">
          {visible(message.value)}
        </p>
        <AddColumn add={add} />
        <button
          type="button"
          onClick={() => {
            resetColumns();
            message.value = "Restored the default columns.";
          }}
        >
          Reset
        </button>
      </div>
    </Dialog>
  );
}

interface ColumnItemProps {
  readonly name: string;
  /** Position of the column, from 0. */
  readonly at: number;
  readonly count: number;
  readonly move: (name: string, to: number, control: Control) => void;
  readonly remove: (name: string) => void;
}

/** Media type of a dragged column. Other dragged objects are ignored. */
const DRAGGED = "application/x-eyas-column";

function ColumnItem({ name, at, count, move, remove }: ColumnItemProps): JSX.Element {
  const title = visible(titleOf(name));
  return (
    <li
      data-column={name}
      draggable
      onDragStart={({ dataTransfer }) => dataTransfer?.setData(DRAGGED, name)}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={(event) => {
        const dragged = event.dataTransfer?.getData(DRAGGED) ?? "";
        event.preventDefault();
        if (dragged !== "") move(dragged, at, "up");
      }}
    >
      <span class="muted" aria-hidden="true">
        ⠿
      </span>
      <span class={isField(name) ? "mono" : undefined}>
        <Untrusted text={titleOf(name)} />
      </span>
      <span class="gap" />
      <button
        type="button"
        class="plain"
        data-control="up"
        aria-label={`Move ${title} up`}
        disabled={at === 0}
        onClick={() => move(name, at - 1, "up")}
      >
        ↑
      </button>
      <button
        type="button"
        class="plain"
        data-control="down"
        aria-label={`Move ${title} down`}
        disabled={at === count - 1}
        onClick={() => move(name, at + 1, "down")}
      >
        ↓
      </button>
      <button
        type="button"
        class="plain"
        data-control="remove"
        aria-label={`Remove ${title}`}
        disabled={count === 1}
        onClick={() => remove(name)}
      >
        ✕
      </button>
    </li>
  );
}

/** Buttons for the built-in columns that are not shown, and an input for a field. */
function AddColumn({ add }: { readonly add: (name: string) => boolean }): JSX.Element {
  const id = useId();
  const fields = useSignal<readonly string[]>([]);
  useEffect(() => {
    import("eyas:fields").then(
      ({ default: all }) => {
        fields.value = all.map(({ name }) => name);
      },
      () => {}, // the input then has no suggestions
    );
  }, [fields]);
  const others = builtInColumns.filter(({ name }) => columns.value.every((column) => column.name !== name));
  return (
    <form
      class="add-column"
      onSubmit={(event) => {
        event.preventDefault();
        const input = event.currentTarget.elements.namedItem("field");
        if (input instanceof HTMLInputElement && add(input.value.trim())) input.value = "";
      }}
    >
      {others.map(({ name, title }) => (
        <button key={name} type="button" onClick={() => add(name)}>
          + {title}
        </button>
      ))}
      <span class="add-field">
        <label for={`${id}-field`}>Field</label>
        <input
          id={`${id}-field`}
          name="field"
          class="mono"
          list={`${id}-fields`}
          maxLength={100}
          autocomplete="off"
          spellcheck={false}
          placeholder="proc.cmdline"
        />
        <datalist id={`${id}-fields`}>
          {fields.value.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <button type="submit">Add field</button>
      </span>
    </form>
  );
}

/** Focuses a button after a change, since an element loses the focus when it is moved or disabled. */
function useFocusAfterChange(list: RefObject<HTMLOListElement | null>): {
  readonly focus: (name: string, control: Control) => void;
} {
  const wanted = useRef<readonly [name: string, control: Control]>(undefined);
  useEffect(() => {
    if (wanted.current === undefined) return;
    const [name, control] = wanted.current;
    wanted.current = undefined;
    const items = [...(list.current?.querySelectorAll<HTMLElement>("li[data-column]") ?? [])];
    const item = items.find(({ dataset }) => dataset.column === name);
    const buttons = [...(item?.querySelectorAll<HTMLButtonElement>("button:enabled") ?? [])];
    (buttons.find(({ dataset }) => dataset.control === control) ?? buttons[0])?.focus();
  });
  return {
    focus(name, control) {
      wanted.current = [name, control];
    },
  };
}
