import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { RemovedException } from "../../src/api/schemas/exception.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { ago } from "../../ui-shared/text/clock.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { RevertButton } from "./actions.tsx";
import { RestoreDialog } from "./dialogs.tsx";

interface RemovedTableProps {
  readonly removed: readonly RemovedException[];
  readonly canChange: boolean;
  readonly changed: (text: string) => void;
}

/** Removed exceptions, which can be restored. */
export function RemovedTable({ removed, canChange, changed }: RemovedTableProps): JSX.Element {
  return (
    <Panel title="Removed">
      <Cards>
        <table class="lined exceptions">
          <caption class="visually-hidden">Removed exceptions</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Removed</th>
              <th scope="col">Exception</th>
              {canChange && <th scope="col">Actions</th>}
            </tr>
          </thead>
          <tbody>
            {removed.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  <Untrusted text={one.rule} />
                  {one.reason !== undefined && (
                    <p class="muted">
                      <Untrusted text={one.reason} />
                    </p>
                  )}
                </th>
                <td>
                  <Time iso={one.time} milliseconds={false} />{" "}
                  {one.kind === "expired" ? (
                    "expired"
                  ) : (
                    <>
                      by <Untrusted text={one.user} />
                    </>
                  )}
                </td>
                <td>
                  {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls */}
                  <pre class="details" tabIndex={0}>
                    {one.yaml.split("\n").map((line, index) => (
                      <span key={index}>
                        <Untrusted text={line} />
                        {"\n"}
                      </span>
                    ))}
                  </pre>
                </td>
                {canChange && (
                  <td>
                    {one.expires !== undefined && Date.parse(one.expires) <= Date.now() ? (
                      <RestoreButton exception={one} changed={changed} />
                    ) : (
                      <RevertButton
                        label="Restore"
                        description={`removed ${ago(one.time)}`}
                        exception={one}
                        changed={() => changed("The exception was restored, and the rules were reloaded.")}
                      />
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Cards>
    </Panel>
  );
}

/** A button that opens the dialog for restoring an exception whose expiry is in the past. */
function RestoreButton({
  exception,
  changed,
}: {
  readonly exception: RemovedException;
  readonly changed: (text: string) => void;
}): JSX.Element {
  /** The exception as shown when the dialog was opened. */
  const seen = useSignal<RemovedException | undefined>(undefined);
  const close = (): void => {
    seen.value = undefined;
  };
  return (
    <>
      <button
        type="button"
        aria-label={`Restore the exception of ${exception.rule}: removed ${ago(exception.time)}`}
        onClick={() => {
          seen.value = exception;
        }}
      >
        Restore…
      </button>
      {seen.value && (
        <RestoreDialog
          exception={seen.value}
          close={close}
          done={(text) => {
            close();
            changed(text);
          }}
        />
      )}
    </>
  );
}
