import { useSignal } from "@preact/signals";
import { Fragment, type JSX } from "preact";
import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { Found } from "../../ui-shared/filter/found.tsx";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { memberTexts, valueText } from "../../ui-shared/text/value.ts";
import { alertsLike } from "./alerts-link.ts";
import { Panel } from "./panel.tsx";

/**
 * Fields with value and description; empty fields are hidden at first. Each value, or each member of a list, links to
 * the alerts with that value.
 */
export function FieldsPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const all = useSignal(false);
  const entries = Object.entries(alert.fields)
    .map(([name, value]) => ({ name, text: valueText(value), members: memberTexts(value) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = all.value ? entries : entries.filter(({ text }) => text !== undefined && text !== "");
  return (
    <Panel
      title="Fields"
      aside={
        shown.length < entries.length || all.value ? (
          <button
            type="button"
            class="plain"
            aria-pressed={all.value}
            onClick={() => {
              all.value = !all.value;
            }}
          >
            Show empty fields
          </button>
        ) : undefined
      }
    >
      <table class="fields">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, text, members }) => (
            <tr key={name}>
              <th scope="row">
                <span class="mono">
                  <Untrusted text={name} />
                </span>
                <Meaning text={Object.hasOwn(alert.fieldMeanings, name) ? alert.fieldMeanings[name] : undefined} />
              </th>
              <td class="mono">
                {text === undefined ? (
                  <span class="muted">–</span>
                ) : (
                  <Bounded>
                    {members.map((member, index) => (
                      <Fragment key={index}>
                        {index > 0 && ", "}
                        <a href={alertsLike(alert, comparison(name, member))} title="Show alerts with this value">
                          <Found text={member} empty="(empty)" />
                        </a>
                      </Fragment>
                    ))}
                  </Bounded>
                )}
                <FieldTime iso={Object.hasOwn(alert.fieldTimes, name) ? alert.fieldTimes[name] : undefined} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="facts tags">
        {alert.tags.map((tag) => (
          <a
            key={tag}
            class="tag"
            href={alertsLike(alert, `tags intersects (${comparison("", tag).replace(/^ \S+ /, "")})`)}
          >
            <Untrusted text={tag} />
          </a>
        ))}
      </p>
    </Panel>
  );
}

/** The time that a field with nanoseconds since the epoch represents. */
function FieldTime({ iso }: { readonly iso: string | undefined }): JSX.Element | null {
  if (iso === undefined) return null;
  return (
    <span class="meaning">
      <Time iso={iso} />
    </span>
  );
}

function Meaning({ text }: { readonly text: string | undefined }): JSX.Element | null {
  if (text === undefined) return null;
  return (
    <span class="meaning">
      <Untrusted text={text} />
    </span>
  );
}
