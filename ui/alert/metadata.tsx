import type { JSX } from "preact";
import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import { titledFields } from "../../src/field/roles.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { valueText } from "../../ui-shared/text/value.ts";
import { alertsLike } from "./alerts-link.ts";
import { Panel } from "./panel.tsx";

/** Matches names of connections. Other values of `fd.name`, such as paths, are not shown. */
const CONNECTION = /->/;

/** Host, source, workload, user and connection of an alert, each with a link to the alerts with that value. */
export function MetadataPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const known = titledFields.flatMap(([label, field]) => {
    const text = Object.hasOwn(alert.fields, field) ? valueText(alert.fields[field]) : undefined;
    if (
      text === undefined ||
      text === "" ||
      text === "<NA>" ||
      (text === "host" && field.startsWith("container.")) ||
      (field === "fd.name" && !CONNECTION.test(text))
    )
      return [];
    return [{ label, field, text }];
  });
  const rows = [
    { label: "Host", field: "hostname", text: alert.hostname },
    { label: "Source", field: "source", text: alert.source },
    ...known,
  ];
  return (
    <Panel title="Metadata">
      <dl class="metadata">
        {rows.map(({ label, field, text }) => (
          <div key={field}>
            <dt>{label}</dt>
            <dd>
              <Bounded>
                <a href={alertsLike(alert, comparison(field, text))}>
                  <Untrusted text={text} />
                </a>
              </Bounded>
            </dd>
          </div>
        ))}
      </dl>
      {alert.received && <p class="muted">Received from an external sender, which reported the host and workload.</p>}
    </Panel>
  );
}
