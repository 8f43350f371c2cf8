import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OutputTest } from "../../src/api/schemas/output.ts";
import { api } from "../../ui-shared/api/client.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** Result of an action: text, and whether the action succeeded. */
export interface Result {
  readonly text: string;
  readonly isGood: boolean;
}

/** The result of an action, which screen readers read when it changes. */
export function ResultText({ result }: { readonly result: Result | undefined }): JSX.Element {
  return (
    <p role="status" class={result?.isGood ? "good" : "failure"}>
      {result !== undefined && <Untrusted text={result.text} />}
    </p>
  );
}

/** A button that sends a test alert to an output, and the result. */
export function TestOutput({ name }: { readonly name: string }): JSX.Element {
  const isRunning = useSignal(false);
  const result = useSignal<Result | undefined>(undefined);
  const run = async (): Promise<void> => {
    if (isRunning.value) return;
    isRunning.value = true;
    result.value = undefined;
    try {
      result.value = resultOf(name, await api.testOutput(name));
    } catch (error) {
      result.value = { text: messageOf(error), isGood: false };
    }
    isRunning.value = false;
  };
  return (
    <div class="output-actions">
      {/* Not disabled while the test runs, since it would lose the focus. */}
      <button type="button" aria-disabled={isRunning.value} onClick={() => void run()}>
        {isRunning.value ? "Sending…" : "Send test alert"}
      </button>
      <ResultText result={result.value} />
    </div>
  );
}

function resultOf(name: string, { outcome, reason = "", milliseconds, warnings }: OutputTest): Result {
  const more = warnings.map((warning) => ` ${warning}`).join("");
  if (outcome === "delivered")
    return { text: `${name} accepted the test alert after ${milliseconds} ms.${more}`, isGood: true };
  const text =
    outcome === "retry"
      ? `${name} did not accept the test alert: ${reason}. The delivery of a real alert would be retried.`
      : `${name} rejected the test alert: ${reason}. A real alert would become a dead letter.`;
  return { text: text + more, isGood: false };
}
