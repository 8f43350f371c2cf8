import type { FlowMap, MapEdge, MapNode } from "./flow-map.ts";

/** Height of a node with one edge, and of each additional edge, in pixels. */
export const NODE_HEIGHT = 40;
const SLOT = 20;
const GAP = 10;
const MARGIN = 8;
const MAX_NODE_WIDTH = 260;
/** Minimum width between the columns, for the edges and their text. */
const MIN_MIDDLE = 110;

export interface PlacedNode extends MapNode {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export interface PlacedEdge extends MapEdge {
  /** Start and end of the edge. */
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Positions of the nodes in two columns, and of the edges between them. */
export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly nodeWidth: number;
  readonly width: number;
  readonly height: number;
}

/** Places the nodes; each edge has its own height at both ends, so that edges and their text do not overlap there. */
export function layoutOf({ nodes, edges }: FlowMap, width: number): Layout {
  const nodeWidth = Math.min(MAX_NODE_WIDTH, Math.floor((width - 2 * MARGIN - MIN_MIDDLE) / 2));
  const left = nodes.filter(({ side }) => side === "left");
  const order = new Map(left.map(({ id }, i) => [id, i]));
  const center = (id: string): number => {
    const positions = edges.filter(({ to }) => to === id).map(({ from }) => order.get(from) ?? 0);
    return positions.reduce((sum, position) => sum + position, 0) / Math.max(1, positions.length);
  };
  const right = nodes
    .filter(({ side }) => side === "right")
    .map((node) => ({ node, center: center(node.id) }))
    .sort((one, other) => one.center - other.center) // stable, so the most severe node is first
    .map(({ node }) => node);
  const placed = [
    ...column(left, MARGIN, edges, ({ from }) => from),
    ...column(right, width - MARGIN - nodeWidth, edges, ({ to }) => to),
  ];
  const places = new Map(placed.map((node, i) => [node.id, { node, i }]));
  const sortedBy = (other: (edge: MapEdge) => string) => (one: MapEdge, two: MapEdge) =>
    (places.get(other(one))?.i ?? 0) - (places.get(other(two))?.i ?? 0);
  const slots = new Map<string, number>();
  for (const { id } of placed) {
    const own = edges.filter((edge) => edge.from === id || edge.to === id);
    own.sort(sortedBy(({ from, to }) => (from === id ? to : from)));
    for (const [slot, edge] of own.entries()) slots.set(`${id} ${edge.id}`, slot);
  }
  const yOf = (id: string, edge: MapEdge): number => {
    const node = places.get(id)?.node;
    return (node?.y ?? 0) + NODE_HEIGHT / 2 + (slots.get(`${id} ${edge.id}`) ?? 0) * SLOT;
  };
  return {
    nodes: placed,
    edges: edges.map((edge) => ({
      ...edge,
      ...{ x1: MARGIN + nodeWidth, y1: yOf(edge.from, edge) },
      ...{ x2: width - MARGIN - nodeWidth, y2: yOf(edge.to, edge) },
    })),
    nodeWidth,
    width,
    height: Math.max(0, ...placed.map(({ y, height }) => y + height)) + MARGIN,
  };
}

function column(
  nodes: readonly MapNode[],
  x: number,
  edges: readonly MapEdge[],
  endOf: (edge: MapEdge) => string,
): PlacedNode[] {
  let y = MARGIN;
  return nodes.map((node) => {
    const own = edges.filter((edge) => endOf(edge) === node.id).length;
    const height = NODE_HEIGHT + Math.max(0, own - 1) * SLOT;
    const placed = { ...node, x, y, height };
    y += height + GAP;
    return placed;
  });
}

/** Width of the line of an edge, which grows with the logarithm of the number of alerts. */
export function lineWidth(count: number): number {
  return Math.min(8, 1 + Math.log10(Math.max(1, count)) * 1.5);
}

/** The curve of an edge. */
export function edgePath({ x1, y1, x2, y2 }: PlacedEdge): string {
  const middle = (x1 + x2) / 2;
  return `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}`;
}
