import type { ComponentChildren, JSX } from "preact";
import type { IncidentAlert, IncidentProcess } from "../../src/api/schemas/incident.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { Bounded } from "../../ui-shared/text/bounded.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { summaryOf } from "../../ui-shared/text/summary.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { type Graph, type GraphNode, KIND_NAMES, labelOf } from "./node.ts";

/** Maximum number of processes, alerts or objects in the list of a node. */
const MAX_LISTED = 20;

interface DetailsProps {
  readonly graph: Graph;
  readonly node: GraphNode;
  /** The node with an ID. */
  readonly nodeOf: (id: string) => GraphNode | undefined;
  readonly until: number;
  /** ID of the alert of the incident. */
  readonly alert: string;
}

/** Details of a node until a time: its processes, objects, alerts and links. */
export function Details({ graph, node, nodeOf, until, alert }: DetailsProps): JSX.Element {
  const { text, count } = labelOf(node, until);
  const alerts = node.alerts.filter(({ time }) => Date.parse(time) <= until);
  return (
    <>
      <p class="muted">{KIND_NAMES[node.kind]}</p>
      <h2>
        <Untrusted text={text} />
        {count > 1 && <span class="muted"> ×{integer(count)}</span>}
      </h2>
      <Links graph={graph} node={node} nodeOf={nodeOf} />
      <Listed title="Processes" items={node.processes}>
        {(process) => <ProcessItem {...process} />}
      </Listed>
      <Listed title="Files, connections and objects" items={node.kind === "alert" ? [] : node.objects}>
        {({ kind, name }) => (
          <Bounded class="mono">
            <span class="muted">{KIND_NAMES[kind]}</span> <Untrusted text={name} />
          </Bounded>
        )}
      </Listed>
      <Listed title="Alerts" items={alerts}>
        {(one) => <AlertItem {...one} isCurrent={one.id === alert} />}
      </Listed>
    </>
  );
}

interface ListedProps<Item> {
  readonly title: string;
  readonly items: readonly Item[];
  readonly children: (item: Item) => ComponentChildren;
}

function Listed<Item>({ title, items, children }: ListedProps<Item>): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>
        {title} <span class="muted">{integer(items.length)}</span>
      </h3>
      <ul>
        {items.slice(0, MAX_LISTED).map((item, position) => (
          <li key={position}>{children(item)}</li>
        ))}
      </ul>
      {items.length > MAX_LISTED && <p class="muted">And {integer(items.length - MAX_LISTED)} more.</p>}
    </section>
  );
}

function ProcessItem({ pid, name, cmdline, exepath, user, time, hostname }: IncidentProcess): JSX.Element {
  return (
    <>
      <p>
        <b>
          <Untrusted text={name} empty="?" />
        </b>
        {pid > 0 && <span class="muted"> {pid}</span>}
        {user !== undefined && (
          <span class="muted">
            {" "}
            user <Untrusted text={user} />
          </span>
        )}{" "}
        <span class="muted">
          on <Untrusted text={hostname} empty="?" />
        </span>
      </p>
      {time !== undefined && (
        <p class="muted">
          started <Time iso={time} />
        </p>
      )}
      {cmdline !== "" && (
        <Bounded class="mono">
          <Untrusted text={cmdline} />
        </Bounded>
      )}
      {exepath !== undefined && exepath !== "" && !cmdline.startsWith(exepath) && (
        <Bounded class="mono muted">
          <Untrusted text={exepath} />
        </Bounded>
      )}
    </>
  );
}

function AlertItem(alert: IncidentAlert & { readonly isCurrent: boolean }): JSX.Element {
  const { id, time, rule, priority, output, isCurrent } = alert;
  return (
    <>
      <p class="facts">
        <Time iso={time} />
        <PriorityMark priority={priority} />
        {isCurrent && <span class="muted">this alert</span>}
      </p>
      <p>
        <a href={alertAddress(id, parameters.value)}>
          <Untrusted text={rule} />
        </a>
      </p>
      <p class="muted">
        <Untrusted text={summaryOf(output)} />
      </p>
    </>
  );
}

/** The links of a node: the meaning of each link, and the node at the other end. */
function Links({ graph, node, nodeOf }: Pick<DetailsProps, "graph" | "node" | "nodeOf">): JSX.Element | null {
  const texts = graph.links.flatMap(({ kind, from, to }) => {
    if (from !== node.id && to !== node.id) return [];
    const other = nodeOf(from === node.id ? to : from);
    if (other === undefined) return [];
    const verb = kind === "same" ? "Also in:" : from === node.id ? "Executed as" : "Executable in this incident:";
    return [{ key: `${kind} ${from} ${to}`, verb, text: labelOf(other, Number.POSITIVE_INFINITY).text }];
  });
  if (texts.length === 0) return null;
  return (
    <ul>
      {texts.slice(0, MAX_LISTED).map(({ key, verb, text }) => (
        <li key={key}>
          {verb} <Untrusted text={text} />
        </li>
      ))}
    </ul>
  );
}
