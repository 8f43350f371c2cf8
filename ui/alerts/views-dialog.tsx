import { type Signal, useSignal } from "@preact/signals";
import type { JSX, TargetedSubmitEvent } from "preact";
import { useEffect, useId } from "preact/hooks";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { parameters } from "../../ui-shared/page/router.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { columns } from "./column-choice.ts";
import { addressOf, MAX_NAME, nameError, renamed, type SavedView, viewParameters, withView } from "./saved-views.ts";
import { changeViews, refreshViews, savedViews } from "./view-store.ts";

/** Results of the last action in the dialog. */
interface Outcome {
  readonly message: Signal<string>;
  readonly failure: Signal<string>;
  /** A link that the user copies, because the page cannot access the clipboard. */
  readonly link: Signal<string>;
}

/** Dialog that saves, opens, renames, deletes and shares views of the list. */
export function ViewsDialog({ close }: { readonly close: () => void }): JSX.Element {
  const outcome: Outcome = { message: useSignal(""), failure: useSignal(""), link: useSignal("") };
  const deleted = useSignal<SavedView | undefined>(undefined);
  useEffect(refreshViews, []);
  const current = viewParameters(parameters.value, columns.value);
  const views = savedViews.value;
  /** Changes the views and reports the result. Returns whether they were changed. */
  const apply = (change: Parameters<typeof changeViews>[0], message: string): boolean => {
    const error = changeViews(change);
    outcome.failure.value = error ?? "";
    outcome.message.value = error === undefined ? message : "";
    outcome.link.value = "";
    deleted.value = undefined;
    return error === undefined;
  };
  const save = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name")).trim();
    const error = nameError(name);
    if (error !== undefined) outcome.failure.value = error;
    else if (apply((all) => withView(all, { name, parameters: current }), `Saved ${name}.`)) form.reset();
  };
  const remove = (view: SavedView): void => {
    if (apply((all) => all.filter(({ name }) => name !== view.name), `Deleted ${view.name}.`)) deleted.value = view;
  };
  return (
    <Dialog title="Views" close={close}>
      <div class="views-dialog">
        <SaveForm save={save} />
        {views.length === 0 ? (
          <p class="muted">No saved views.</p>
        ) : (
          <ul aria-label="Saved views">
            {views.map((view) => (
              <ViewItem
                key={view.name}
                {...{ view, close, outcome, remove }}
                isCurrent={view.parameters === current}
                rename={(to) => apply((all) => renamed(all, view.name, to), `Renamed ${view.name} to ${to}.`)}
              />
            ))}
          </ul>
        )}
        <p class="facts">
          <span role="status">{visible(outcome.message.value)}</span>
          {deleted.value !== undefined && (
            <button
              type="button"
              onClick={() => {
                const view = deleted.peek();
                if (view !== undefined) apply((all) => withView(all, view), `Restored ${view.name}.`);
              }}
            >
              Undo
            </button>
          )}
        </p>
        <p class="failure" role="alert">
          {outcome.failure.value}
        </p>
        <CopiedLink link={outcome.link.value} />
        <button type="button" onClick={() => void copyLink(addressOf({ parameters: current }), outcome)}>
          Copy link to current view
        </button>
      </div>
    </Dialog>
  );
}

function SaveForm({ save }: { readonly save: (event: TargetedSubmitEvent<HTMLFormElement>) => void }): JSX.Element {
  const id = useId();
  return (
    <form onSubmit={save} class="facts">
      <label for={`${id}-name`}>Name</label>
      <input id={`${id}-name`} name="name" maxLength={MAX_NAME} autocomplete="off" />
      <button type="submit" class="primary">
        Save current view
      </button>
    </form>
  );
}

interface ViewItemProps {
  readonly view: SavedView;
  readonly isCurrent: boolean;
  readonly outcome: Outcome;
  readonly close: () => void;
  readonly remove: (view: SavedView) => void;
  /** Returns false if the view cannot have the name. */
  readonly rename: (name: string) => boolean;
}

function ViewItem({ view, isCurrent, outcome, close, remove, rename }: ViewItemProps): JSX.Element {
  const renaming = useSignal(false);
  const title = visible(view.name);
  if (renaming.value) {
    return (
      <li>
        <form
          class="facts"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get("name")).trim();
            const error = nameError(name);
            if (error !== undefined) outcome.failure.value = error;
            else if (rename(name)) renaming.value = false;
          }}
        >
          <input
            ref={(input) => input?.focus()}
            name="name"
            aria-label={`New name for ${title}`}
            maxLength={MAX_NAME}
            defaultValue={view.name}
            autocomplete="off"
          />
          <button type="submit">Rename</button>
          <button
            type="button"
            class="plain"
            onClick={() => {
              renaming.value = false;
            }}
          >
            Cancel
          </button>
        </form>
      </li>
    );
  }
  return (
    <li aria-current={isCurrent ? "true" : undefined}>
      <a href={addressOf(view)} onClick={close}>
        <Untrusted text={view.name} />
      </a>
      <span class="gap" />
      <button
        type="button"
        class="plain"
        aria-label={`Copy link to ${title}`}
        onClick={() => void copyLink(addressOf(view), outcome)}
      >
        Copy link
      </button>
      <button
        type="button"
        class="plain"
        aria-label={`Rename ${title}`}
        onClick={() => {
          renaming.value = true;
        }}
      >
        Rename
      </button>
      <button type="button" class="plain" aria-label={`Delete ${title}`} onClick={() => remove(view)}>
        Delete
      </button>
    </li>
  );
}

/** Copies a link to the clipboard. Browsers allow that only on HTTPS and loopback addresses; otherwise shows the link. */
async function copyLink(address: string, { message, failure, link }: Outcome): Promise<void> {
  const url = window.location.origin + address;
  failure.value = "";
  try {
    await navigator.clipboard.writeText(url);
    link.value = "";
    message.value = "Copied the link.";
  } catch {
    link.value = url;
    message.value = "Copy the link below.";
  }
}

function CopiedLink({ link }: { readonly link: string }): JSX.Element | null {
  if (link === "") return null;
  return (
    <input
      ref={(input) => input?.select()}
      class="mono"
      type="text"
      readOnly
      aria-label="Link to the view"
      value={link}
    />
  );
}
