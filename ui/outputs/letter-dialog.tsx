import type { JSX } from "preact";
import type { FieldValue } from "../../src/api/schema.ts";
import type { DeadLetter } from "../../src/api/schemas/output.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** A dead letter with the whole reason and the fields of its alert. */
export function LetterDialog({
  letter,
  close,
}: {
  readonly letter: DeadLetter;
  readonly close: () => void;
}): JSX.Element {
  const { time, reason, alert } = letter;
  const rows: readonly (readonly [name: string, value: JSX.Element])[] = [
    ["Rejected", <Time key="time" iso={time} />],
    ["Reason", <Untrusted key="reason" text={reason} />],
    ["Rule", <Untrusted key="rule" text={alert.rule} />],
    ["Priority", <Untrusted key="priority" text={alert.priority} />],
    ["Raised", <Time key="raised" iso={alert.time} />],
    ["Host", <Untrusted key="host" text={alert.hostname} />],
    ["Output", <Untrusted key="output" text={alert.output} />],
  ];
  return (
    <Dialog title="Dead letter" close={close}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls */}
      <div class="letter" tabIndex={0}>
        <table class="lined">
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
            {Object.entries(alert.fields).map(([name, value]) => (
              <tr key={`field ${name}`}>
                <th scope="row" class="mono">
                  <Untrusted text={name} />
                </th>
                <td class="mono">
                  <Untrusted text={textOf(value)} empty="empty" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <a href={`/alerts/${encodeURIComponent(alert.id)}`}>Open the alert</a>
      </p>
    </Dialog>
  );
}

function textOf(value: FieldValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
