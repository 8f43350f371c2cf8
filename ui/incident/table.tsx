import type { JSX } from "preact";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { secondLine } from "./describe.ts";
import { type Graph, type GraphNode, KIND_NAMES, labelOf, visibleNodes } from "./node.ts";

interface NodeTableProps {
  readonly graph: Graph;
  /** Nodes that begin later are omitted. Milliseconds since the epoch. */
  readonly until: number;
  /** Shows the details of a node; undefined if the table is only for screen readers. */
  readonly select: ((id: string) => void) | undefined;
}

/** The nodes of a graph as a table. */
export function NodeTable({ graph, until, select }: NodeTableProps): JSX.Element {
  return (
    <table class="lined">
      <caption class="visually-hidden">Nodes of the incident graph</caption>
      <thead>
        <tr>
          <th scope="col">Kind</th>
          <th scope="col">Name</th>
          <th scope="col" class="number">
            Count
          </th>
          <th scope="col">First seen</th>
          <th scope="col">Part of</th>
        </tr>
      </thead>
      <tbody>
        {visibleNodes(graph.roots, until).map(({ node, parent }) => {
          const { count } = labelOf(node, until);
          return (
            <tr key={node.id} aria-current={node.isSubject ? "true" : undefined}>
              <td>{KIND_NAMES[node.kind]}</td>
              <th scope="row">
                {select === undefined ? (
                  <NodeName node={node} until={until} />
                ) : (
                  <button type="button" class="plain" onClick={() => select(node.id)}>
                    <NodeName node={node} until={until} />
                  </button>
                )}
              </th>
              <td class="number">{integer(count)}</td>
              <td class="nowrap">{node.from > 0 ? <Time iso={new Date(node.from).toISOString()} /> : "unknown"}</td>
              <td>{parent !== undefined && <NodeName node={parent} until={until} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The name of a node, and the PID and user of a process, since many processes have the same name. */
function NodeName({ node, until }: { readonly node: GraphNode; readonly until: number }): JSX.Element {
  const more = node.kind === "process" ? secondLine(node) : "";
  return (
    <span>
      <Untrusted text={labelOf(node, until).text} />
      {more !== "" && (
        <span class="muted">
          {" "}
          <Untrusted text={more} />
        </span>
      )}
    </span>
  );
}
