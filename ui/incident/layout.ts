import { hierarchy, tree } from "d3-hierarchy";
import type { GraphNode } from "./node.ts";

/** Size of a node in pixels. */
export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 38;
const COLUMN = NODE_WIDTH + 34;
const ROW = NODE_HEIGHT + 10;
const INDENT = 18;
const MARGIN = 8;
/** Space to the right of the nodes for links, in pixels. */
const LINK_REACH = 24;
/** Maximum number of indented levels in a narrow picture. */
const MAX_INDENT = 8;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Positions of nodes by ID, and the size of the picture in pixels. */
export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  readonly width: number;
  readonly height: number;
  /** Whether descendants are indented below their parent, instead of in a column to the right of it. */
  readonly isNarrow: boolean;
}

/** Width in pixels below which a picture is narrow. */
const NARROW = 640;

interface Datum {
  readonly node?: GraphNode;
  readonly children: readonly Datum[];
}

/** Places the nodes of trees. @param width available width in pixels */
export function layoutOf(roots: readonly GraphNode[], width: number): Layout {
  const datum = (node: GraphNode): Datum => ({ node, children: node.children.map(datum) });
  const root = hierarchy<Datum>({ children: roots.map(datum) }, ({ children }) => children);
  const places = new Map<string, Place>();
  const isNarrow = width < NARROW;
  if (isNarrow) {
    let row = 0;
    root.eachBefore(({ data: { node }, depth }) => {
      if (node === undefined) return;
      places.set(node.id, { x: MARGIN + Math.min(depth - 1, MAX_INDENT) * INDENT, y: MARGIN + row++ * ROW });
    });
  } else {
    const placed = tree<Datum>()
      .nodeSize([ROW, COLUMN])
      .separation(() => 1)(root);
    const top = Math.min(0, ...placed.descendants().flatMap(({ data, x }) => (data.node === undefined ? [] : [x])));
    for (const { data, x, depth } of placed.descendants())
      if (data.node !== undefined) places.set(data.node.id, { x: MARGIN + (depth - 1) * COLUMN, y: MARGIN + x - top });
  }
  const all = [...places.values()];
  return {
    ...{ places, isNarrow },
    width: Math.max(0, ...all.map(({ x }) => x)) + NODE_WIDTH + MARGIN + LINK_REACH,
    height: Math.max(0, ...all.map(({ y }) => y)) + NODE_HEIGHT + MARGIN,
  };
}

/** The path of an edge from a parent to its child. */
export function edgePath(from: Place, to: Place, { isNarrow }: Layout): string {
  const y = to.y + NODE_HEIGHT / 2;
  if (isNarrow) return `M${from.x + INDENT / 2},${from.y + NODE_HEIGHT}V${y}H${to.x}`;
  const [x1, y1] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2];
  const middle = (x1 + to.x) / 2;
  return `M${x1},${y1}C${middle},${y1} ${middle},${y} ${to.x},${y}`;
}

/** The path of a link between two nodes: a curve from the right side of one node to the right side of the other. */
export function linkPath(from: Place, to: Place): string {
  const [x1, y1] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2];
  const [x2, y2] = [to.x + NODE_WIDTH, to.y + NODE_HEIGHT / 2];
  const reach = Math.max(x1, x2) + LINK_REACH;
  return `M${x1},${y1}C${reach},${y1} ${reach},${y2} ${x2},${y2}`;
}
