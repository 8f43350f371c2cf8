import type { JSX } from "preact";
import type { NodeKind } from "./node.ts";

/** Shapes of 12 by 12 pixels. */
const SHAPES: Readonly<Record<NodeKind, string>> = {
  process: "M2,2h8v8h-8zM4,0v2M8,0v2M4,10v2M8,10v2M0,4h2M0,8h2M10,4h2M10,8h2",
  alert: "M6,1L11.5,11H0.5z",
  file: "M2,0.5h5l3,3v8h-8zM7,0.5v3h3",
  connection: "M0,4h11M8,1l3,3l-3,3M12,9H1M4,6l-3,3l3,3",
  resource: "M6,0.5L11,3.3V8.7L6,11.5L1,8.7V3.3z",
  chain: "M6,0v2M6,5v2M6,10v2M2,2h8v3h-8zM2,7h8v3h-8z",
  related: "M1,1h6v6h-6zM5,5h6v6h-6z",
  more: "M1,5h2v2h-2zM5,5h2v2h-2zM9,5h2v2h-2z",
};

interface IconProps {
  readonly kind: NodeKind;
  /** Class that fills the shape. */
  readonly fill: string;
  readonly x?: number;
  readonly y?: number;
}

/** Icon of a kind of node. */
export function Icon({ kind, fill, x = 0, y = 0 }: IconProps): JSX.Element {
  return (
    <svg class="node-icon" x={x} y={y} width="14" height="14" viewBox="-1 -1 14 14" aria-hidden="true">
      <path class={fill} d={SHAPES[kind]} />
    </svg>
  );
}
