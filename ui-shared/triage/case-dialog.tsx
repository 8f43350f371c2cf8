import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { CaseSummary } from "../../src/api/schemas/case.ts";
import { api } from "../api/client.ts";
import { ApiError } from "../api/request.ts";
import { Dialog } from "../page/dialog.tsx";
import { messageOf } from "../page/resource.ts";
import { hasRole } from "../page/session.ts";
import { visible } from "../text/visible.ts";

/** Maximum number of open cases to choose from. Cases with the latest changes are listed. */
const MAX_CASES = 200;

interface AddToCaseProps {
  readonly kind: "alert" | "group";
  /** IDs of the alerts, or of one alert of each group. */
  readonly alerts: readonly string[];
}

/** Button that adds alerts or groups to a case. Not shown to viewers. */
export function AddToCase({ kind, alerts }: AddToCaseProps): JSX.Element | null {
  const isOpen = useSignal(false);
  const added = useSignal<CaseSummary | undefined>(undefined);
  if (!hasRole("responder")) return null;
  return (
    <>
      {added.value !== undefined && (
        <span role="status">
          <a href={`/cases/${encodeURIComponent(added.value.id)}`}>Added to case {added.value.id}</a>
        </span>
      )}
      <button
        type="button"
        disabled={alerts.length === 0}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Add to case…
      </button>
      {isOpen.value && (
        <CaseDialog
          kind={kind}
          alerts={alerts}
          onAdded={(found) => {
            added.value = found;
          }}
          onClosed={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

interface CaseDialogProps extends AddToCaseProps {
  readonly onAdded: (found: CaseSummary) => void;
  readonly onClosed: () => void;
}

function CaseDialog({ kind, alerts, onAdded, onClosed }: CaseDialogProps): JSX.Element {
  const id = useId();
  const cases = useSignal<readonly CaseSummary[]>([]);
  const chosen = useSignal("");
  const failure = useSignal("");
  const sending = useSignal(false);
  useEffect(() => {
    const controller = new AbortController();
    api.cases({ state: "open", limit: MAX_CASES }, controller.signal).then(
      (page) => {
        cases.value = page.cases;
      },
      (error: unknown) => {
        if (!controller.signal.aborted) failure.value = messageOf(error);
      },
    );
    return () => controller.abort();
  }, []);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    const title = String(new FormData(event.currentTarget).get("title") ?? "").trim();
    sending.value = true;
    try {
      let found: CaseSummary | undefined = cases.peek().find((each) => each.id === chosen.peek());
      found ??= await api.openCase(title);
      chosen.value = found.id; // so that a retry does not open another case
      if (!cases.peek().some((each) => each.id === found.id)) cases.value = [found, ...cases.peek()];
      for (const alert of alerts) await add(found.id, kind, alert);
      onAdded(found);
      onClosed();
    } catch (error) {
      failure.value = messageOf(error);
    }
    sending.value = false;
  };
  return (
    <Dialog
      title={`Add ${alerts.length === 1 ? `the ${kind}` : `${alerts.length} ${kind}s`} to a case`}
      close={onClosed}
    >
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <label for={`${id}-case`}>Case</label>
        <select
          id={`${id}-case`}
          value={chosen.value}
          onChange={(event) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          <option value="">New case</option>
          {cases.value.map((each) => (
            <option key={each.id} value={each.id}>
              {visible(each.title)}
            </option>
          ))}
        </select>
        {chosen.value === "" && (
          <>
            <label for={`${id}-title`}>Title</label>
            <input id={`${id}-title`} name="title" maxLength={200} required data-focus autocomplete="off" />
          </>
        )}
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary" disabled={sending.value}>
          Add
        </button>
      </form>
    </Dialog>
  );
}

/** Adds an alert or a group to a case, unless the case already contains it. */
async function add(id: string, kind: AddToCaseProps["kind"], alert: string): Promise<void> {
  try {
    await api.changeCase(id, { action: kind === "alert" ? "add_alert" : "add_group", alert });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "exists")) throw error;
  }
}
