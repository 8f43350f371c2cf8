import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { DeadLetter } from "../../src/api/schemas/output.ts";
import { api } from "../../ui-shared/api/client.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { LetterDialog } from "./letter-dialog.tsx";
import { type Result, ResultText } from "./test-output.tsx";

const PAGE = 50;

interface DeadLettersProps {
  readonly name: string;
  /** Number of dead letters according to the status. */
  readonly total: number | undefined;
  readonly canResend: boolean;
}

/** Alerts that the receiver rejected, which admins can send again. */
export function DeadLetters({ name, total, canResend }: DeadLettersProps): JSX.Element {
  // The list is fetched again when the number changes, until the user loads older dead letters.
  const shownTotal = useRef(total);
  const isPaging = useRef(false);
  const resends = useSignal(0);
  const shown = useSignal<DeadLetter | undefined>(undefined);
  if (!isPaging.current) shownTotal.current = total;
  const { rows, more, failure } = usePaged(`${name}#${shownTotal.current}#${resends.value}`, async (cursor, signal) => {
    const page = await api.deadLetters(name, { limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
    return { rows: page.letters, next: page.next };
  });
  const { resend, progress, result } = useResend(name, () => {
    isPaging.current = false;
    resends.value++;
  });
  const isBusy = progress !== undefined;
  return (
    <Panel
      title="Dead letters"
      aside={
        canResend &&
        rows !== undefined &&
        rows.length > 0 && (
          <button type="button" aria-disabled={isBusy} onClick={() => void resend()}>
            {isBusy ? progress : "Resend all"}
          </button>
        )
      }
    >
      <p class="muted dead-letters-help">
        Alerts that the receiver rejected permanently. A dead letter is kept as long as its alert is in the journal.
      </p>
      <ResultText result={result} />
      {rows === undefined ? (
        <p class="waiting">{failure ?? "Loading…"}</p>
      ) : rows.length === 0 ? (
        <p class="muted empty">No dead letters.</p>
      ) : (
        <Cards>
          <LetterTable
            letters={rows}
            show={(letter) => {
              shown.value = letter;
            }}
            resend={canResend ? (id) => void resend(id) : undefined}
            isBusy={isBusy}
          />
        </Cards>
      )}
      {rows !== undefined && failure !== undefined && <p class="failure">{failure}</p>}
      <LoadMore
        more={
          more &&
          (() => {
            isPaging.current = true;
            more();
          })
        }
      />
      {shown.value !== undefined && (
        <LetterDialog
          letter={shown.value}
          close={() => {
            shown.value = undefined;
          }}
        />
      )}
    </Panel>
  );
}

interface LetterTableProps {
  readonly letters: readonly DeadLetter[];
  readonly show: (letter: DeadLetter) => void;
  readonly resend: ((id: string) => void) | undefined;
  readonly isBusy: boolean;
}

function LetterTable({ letters, show, resend, isBusy }: LetterTableProps): JSX.Element {
  return (
    <table class="lined dead-letters">
      <thead>
        <tr>
          <th scope="col">Rejected</th>
          <th scope="col">Reason</th>
          <th scope="col">Priority</th>
          <th scope="col">Alert</th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <tr key={letter.alert.id}>
            <td class="nowrap">
              <Time iso={letter.time} milliseconds={false} />
            </td>
            <td class="letter-reason">
              <Untrusted text={letter.reason} />
            </td>
            <td>
              <PriorityMark priority={letter.alert.priority} />
            </td>
            <th scope="row" class="letter-alert">
              <Untrusted text={letter.alert.rule} />
              <span class="letter-output muted">
                <Untrusted text={letter.alert.output} />
              </span>
            </th>
            <td class="letter-actions">
              <button type="button" onClick={() => show(letter)}>
                Show
              </button>
              {resend !== undefined && (
                <button type="button" aria-disabled={isBusy} onClick={() => resend(letter.alert.id)}>
                  Resend
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Sends dead letters again, one request after another, until all were sent. @param done called at the end */
function useResend(
  name: string,
  done: () => void,
): {
  /** Sends the dead letter of an alert, or all. Does nothing while another call is running. */
  readonly resend: (alert?: string) => Promise<void>;
  /** Text of the button while dead letters are being sent. */
  readonly progress: string | undefined;
  readonly result: Result | undefined;
} {
  const progress = useSignal<string | undefined>(undefined);
  const result = useSignal<Result | undefined>(undefined);
  const resend = async (alert?: string): Promise<void> => {
    if (progress.value !== undefined) return;
    progress.value = "Sending…";
    result.value = undefined;
    let [taken, left, after] = [0, 0, undefined as number | undefined];
    let reason = "";
    try {
      do {
        const part = await api.resend(name, { ...(alert && { alert }), ...(after !== undefined && { after }) });
        taken += part.taken;
        left += part.left;
        reason ||= part.reason ?? "";
        after = part.next;
        progress.value = `Sending… ${quantity(taken + left, "alert")} sent`;
      } while (after !== undefined);
      const text = `${name} accepted ${quantity(taken, "alert")}`;
      result.value =
        left === 0
          ? { text: `${text}.`, isGood: taken > 0 }
          : { text: `${text} and did not accept ${quantity(left, "alert")}: ${reason}.`, isGood: false };
    } catch (error) {
      const before = taken > 0 ? `${name} accepted ${quantity(taken, "alert")}. ` : "";
      result.value = { text: before + messageOf(error), isGood: false };
    }
    progress.value = undefined;
    done();
  };
  return { resend, progress: progress.value, result: result.value };
}
