import type { Layout } from "./layout.ts";

/**
 * The node or edge to which a key moves; undefined if the key has no effect. Up and down move between edges, or between
 * the nodes of a column; left and right along an edge.
 */
export function targetOf(
  key: string,
  { nodes, edges }: Pick<Layout, "nodes" | "edges">,
  current: string,
): string | undefined {
  const edge = edges.find(({ id }) => id === current);
  const node = nodes.find(({ id }) => id === current);
  const row = edge === undefined ? nodes.filter(({ side }) => side === node?.side) : edges;
  const at = row.findIndex(({ id }) => id === current);
  switch (key) {
    case "ArrowDown":
      return row[at + 1]?.id;
    case "ArrowUp":
      return row[at - 1]?.id;
    case "Home":
      return row[0]?.id;
    case "End":
      return row.at(-1)?.id;
    case "ArrowLeft":
      return edge?.from ?? (node?.side === "right" ? edges.find(({ to }) => to === current)?.id : undefined);
    case "ArrowRight":
      return edge?.to ?? (node?.side === "left" ? edges.find(({ from }) => from === current)?.id : undefined);
    default:
      return undefined;
  }
}
