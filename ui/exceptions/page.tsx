import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ExceptionList } from "../../src/api/schemas/exception.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { ExceptionTable } from "./list.tsx";
import { RemovedTable } from "./removed.tsx";

/** Milliseconds after which the list is fetched again, since exceptions expire and files are edited. */
const REFRESH = 30_000;

/** The exceptions in the local exceptions file, and exceptions that were removed from the file. */
export function ExceptionsPage(): JSX.Element {
  const version = useSignal(0);
  const message = useSignal("");
  const notice = useRef<HTMLParagraphElement>(null);
  const { value, failure } = useResource("exceptions", (signal) => api.exceptions(signal), version.value).value;
  useEffect(() => {
    const timer = setInterval(() => version.value++, REFRESH);
    return () => clearInterval(timer);
  }, []);
  const changes = useSignal(0);
  const changed = (text: string): void => {
    message.value = text;
    version.value++;
    changes.value++;
  };
  // The focus moves to the result once the dialog is closed, since the button of the change may no longer exist.
  useEffect(() => {
    if (changes.value > 0) notice.current?.focus();
  }, [changes.value]);
  return (
    <section class="view exceptions-view">
      <div class="heading">
        <h1>Exceptions</h1>
        <p class="muted">
          {value !== undefined && (
            <>
              {quantity(value.exceptions.length, "exception")} in <Untrusted text={value.file} />
            </>
          )}
        </p>
      </div>
      <p role="status" class="good notice" tabIndex={-1} ref={notice}>
        {message.value}
      </p>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {value === undefined ? (
        failure === undefined && <p class="waiting">Loading…</p>
      ) : (
        <Lists list={value} changed={changed} />
      )}
    </section>
  );
}

function Lists({
  list,
  changed,
}: {
  readonly list: ExceptionList;
  readonly changed: (text: string) => void;
}): JSX.Element {
  const { problem, exceptions, removed, others } = list;
  const canChange = hasRole("admin") && problem === undefined && status.value?.watching === true;
  return (
    <>
      {problem !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={problem} />
        </p>
      )}
      <ExceptionTable exceptions={exceptions} canChange={canChange} changed={changed} />
      {others > 0 && (
        <p class="muted">
          The file also contains {quantity(others, "other item")}, which this page does not show or change.
        </p>
      )}
      {removed.length > 0 && <RemovedTable removed={removed} canChange={canChange} changed={changed} />}
    </>
  );
}
