import type { JSX } from "preact";
import type { AlertDetail } from "../api/types.ts";
import { filtered, NO_FILTER } from "../filter/filter.ts";
import { comparison } from "../filter/narrow.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { valueText } from "../text/value.ts";
import { Panel } from "./panel.tsx";

/** What places an alert, from the machine inwards: a label, and the field that says it. */
const PLACES: readonly (readonly [label: string, field: string])[] = [
  ["Cluster", "cluster.name"],
  ["Node", "k8s.node.name"],
  ["Namespace", "k8s.ns.name"],
  ["Pod", "k8s.pod.name"],
  ["Owner", "k8s.owner.name"],
  ["Service account", "k8s.sa.name"],
  ["Foundry space", "cf.space.name"],
  ["Foundry app", "cf.app.name"],
  ["Marathon app", "marathon.app.id"],
  ["Mesos task", "mesos.task.name"],
  ["Container", "container.name"],
  ["Container id", "container.id"],
  ["Image", "container.image.repository"],
  ["Image tag", "container.image.tag"],
  ["Privileged", "container.privileged"],
  ["User", "user.name"],
  ["Connection", "fd.name"],
  ["Flow", "fd.community_id"],
  ["Flow", "net.community_id"],
];

/** Connections only: other descriptors' names say nothing of where. */
const CONNECTION = /->/;

export function WherePanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const known = PLACES.flatMap(([label, field]) => {
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
    <Panel title="Where">
      <dl class="where">
        {rows.map(({ label, field, text }) => (
          <div key={field}>
            <dt>{label}</dt>
            <dd>
              <a href={filtered("/alerts", { ...NO_FILTER, query: comparison(field, text) })}>
                <Untrusted text={text} />
              </a>
            </dd>
          </div>
        ))}
      </dl>
      {alert.received && <p class="quiet">Somebody else sent this alert. Who it is about, and where, is their word.</p>}
    </Panel>
  );
}
