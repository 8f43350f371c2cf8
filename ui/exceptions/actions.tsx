import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ManagedException } from "../../src/api/schemas/exception.ts";
import { api } from "../../ui-shared/api/client.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { ago } from "../../ui-shared/text/clock.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { EditDialog, ExpiryDialog, RemoveDialog } from "./dialogs.tsx";

interface ActionsProps {
  readonly exception: ManagedException;
  readonly changed: (text: string) => void;
}

const DIALOGS = {
  edit: ["Edit…", "Edit", EditDialog],
  expiry: ["Change expiry…", "Change expiry of", ExpiryDialog],
  remove: ["Remove…", "Remove", RemoveDialog],
} as const;
const DIALOG_NAMES = ["edit", "expiry", "remove"] as const;

/** Buttons that change an exception. */
export function Actions({ exception, changed }: ActionsProps): JSX.Element {
  /**
   * The open dialog, with the exception as shown when the dialog was opened. The list may be fetched again in the
   * meantime, and changes that the user has not seen must not be overwritten.
   */
  const open = useSignal<{ readonly name: keyof typeof DIALOGS; readonly seen: ManagedException } | undefined>(
    undefined,
  );
  const close = (): void => {
    open.value = undefined;
  };
  const done = (text: string): void => {
    close();
    changed(text);
  };
  const { rule, fixed, revert } = exception;
  if (fixed !== undefined) return <span class="muted">–</span>;
  const OpenDialog = open.value && DIALOGS[open.value.name][2];
  return (
    <div class="exception-actions">
      {DIALOG_NAMES.map((name) => {
        const [label, action] = DIALOGS[name];
        return (
          <button
            key={name}
            type="button"
            aria-label={`${action} the exception of ${rule}`}
            onClick={() => {
              open.value = { name, seen: exception };
            }}
          >
            {label}
          </button>
        );
      })}
      {revert !== undefined && (
        <RevertButton
          label="Revert"
          description={`${KINDS[revert.kind]} by ${revert.user || "Eyas"}, ${ago(revert.time)}`}
          exception={exception}
          changed={() => done("The last change was reverted.")}
        />
      )}
      {OpenDialog && open.value && <OpenDialog exception={open.value.seen} done={done} close={close} />}
    </div>
  );
}

const KINDS = { edit: "Edited", expiry: "Expiry changed", remove: "Removed", expired: "Expired" } as const;

interface RevertButtonProps {
  readonly label: string;
  /** The change that is reverted. */
  readonly description: string;
  readonly exception: { readonly id: string; readonly version: string; readonly rule: string };
  readonly changed: () => void;
}

/** A button that reverts the last change of an exception. */
export function RevertButton({ label, description, exception, changed }: RevertButtonProps): JSX.Element {
  const failure = useSignal("");
  const isRunning = useSignal(false);
  const { id, version, rule } = exception;
  const revert = async (): Promise<void> => {
    if (isRunning.peek()) return;
    isRunning.value = true;
    failure.value = "";
    try {
      await api.revertException(id, version);
      changed();
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      isRunning.value = false;
    }
  };
  return (
    <>
      <button
        type="button"
        aria-disabled={isRunning.value}
        title={description}
        aria-label={`${label} the exception of ${rule}: ${description}`}
        onClick={() => void revert()}
      >
        {label}
      </button>
      {failure.value !== "" && (
        <p class="failure" role="alert">
          <Untrusted text={failure.value} />
        </p>
      )}
    </>
  );
}
