import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import { messageOf, useResource } from "../../ui-shared/page/resource.ts";
import { navigate } from "../../ui-shared/page/router.ts";
import { hasRole, session } from "../../ui-shared/page/session.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { CaseChanges } from "./changes.tsx";
import { type CaseBody, TextDialog, type TextDialogKind } from "./dialog.tsx";
import { CaseItems } from "./items.tsx";

/** A case with its alerts, groups and history. */
export function CaseView({ id }: { readonly id: string }): JSX.Element {
  const version = useSignal(0);
  const dialog = useSignal<TextDialogKind | undefined>(undefined);
  const failure = useSignal("");
  const resource = useResource(id, (signal) => api.case(id, signal), version.value);
  const { value: found, failure: missing } = resource.value;
  if (found === undefined) {
    return (
      <section class="view">
        <h1>Case</h1>
        {missing === undefined ? <p class="waiting">Loading…</p> : <p class="failure">{missing}</p>}
      </section>
    );
  }
  const change = async (body: CaseBody): Promise<string | undefined> => {
    try {
      await api.changeCase(id, body);
      version.value++;
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  const send = async (body: CaseBody): Promise<void> => {
    failure.value = (await change(body)) ?? "";
  };
  const open = (kind: TextDialogKind) => (): void => {
    dialog.value = kind;
  };
  const { title, owner, closed, opened, user } = found;
  return (
    <article class="view one-case">
      <header class="alert-head">
        <p class="facts">
          <button type="button" class="plain no-print" onClick={back}>
            ← Back
          </button>
          <span>Case {id.slice(0, 8)}</span>
          <span class={`state state-${closed ? "closed" : "open"}`}>{closed ? "closed" : "open"}</span>
          <span class="muted">
            opened by <Untrusted text={user} /> <Time iso={opened} milliseconds={false} dated />
          </span>
          <span>{owner === undefined ? "No owner" : <>Owner: {<Untrusted text={owner} />}</>}</span>
          <span class="gap" />
          <span class="facts no-print">
            {failure.value !== "" && (
              <span class="failure" role="alert">
                {failure.value}
              </span>
            )}
            {hasRole("responder") && (
              <>
                <button
                  type="button"
                  onClick={() => void send({ action: "assign", owner: session.peek()?.user ?? "" })}
                >
                  Assign to me
                </button>
                <button type="button" onClick={open("assign")}>
                  Assign…
                </button>
                <button type="button" onClick={open("rename")}>
                  Rename…
                </button>
                <button type="button" onClick={open("comment")}>
                  Comment…
                </button>
                {closed ? (
                  <button type="button" onClick={() => void send({ action: "reopen" })}>
                    Reopen
                  </button>
                ) : (
                  <button type="button" onClick={open("close")}>
                    Close…
                  </button>
                )}
              </>
            )}
            <a class="button" href={api.caseAddress(id)} download>
              Export Markdown
            </a>
            <button type="button" onClick={() => window.print()} title="The print dialog can save the case as PDF">
              Print or save as PDF
            </button>
          </span>
        </p>
        <h1>
          <Untrusted text={title} />
        </h1>
      </header>
      <CaseItems
        items={found.items}
        remove={
          hasRole("responder")
            ? ({ id: alert, kind }) => void send({ action: kind === "group" ? "remove_group" : "remove_alert", alert })
            : undefined
        }
      />
      <Panel title="History">
        <CaseChanges changes={found.changes} />
      </Panel>
      {dialog.value !== undefined && (
        <TextDialog
          kind={dialog.value}
          initial={dialog.value === "rename" ? title : dialog.value === "assign" ? (owner ?? "") : ""}
          change={change}
          onClosed={() => {
            dialog.value = undefined;
          }}
        />
      )}
    </article>
  );
}

function back(): void {
  if (window.history.length > 1) window.history.back();
  else navigate("/cases");
}
