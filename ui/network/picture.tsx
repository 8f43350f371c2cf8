import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useMemo, useRef } from "preact/hooks";
import { useWidth } from "../../ui-shared/chart/use-width.ts";
import { followSvgLink } from "../../ui-shared/page/router.ts";
import { compact, quantity } from "../../ui-shared/text/number.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { type FlowMap, flowQuery } from "./flow-map.ts";
import { edgePath, type Layout, layoutOf, lineWidth, type PlacedEdge, type PlacedNode } from "./layout.ts";
import { targetOf } from "./move.ts";

interface PictureProps {
  readonly map: FlowMap;
  /** Returns the URL of the alerts of a query. */
  readonly addressOf: (query: string) => string;
}

/** The flow map: nodes and edges as links to their alerts, with a single tab stop. */
export function Picture({ map, addressOf }: PictureProps): JSX.Element {
  const [measure, width] = useWidth();
  const box = useRef<HTMLElement | null>(null);
  const layout = useMemo(() => layoutOf(map, width), [map, width]);
  const focused = useSignal("");
  const hint = useId();
  const ids = [...layout.edges, ...layout.nodes].map(({ id }) => id);
  const current = ids.includes(focused.value) ? focused.value : (layout.edges[0]?.id ?? "");
  const move = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.key, layout, current);
    if (target === undefined) return;
    event.preventDefault();
    focused.value = target;
    const links = box.current?.querySelectorAll<SVGElement>("[data-item]") ?? [];
    const element = [...links].find(({ dataset }) => dataset.item === target);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const linkOf = (id: string, query: string): LinkProps => ({
    id,
    href: addressOf(query),
    isTabStop: id === current,
    focus: () => {
      focused.value = id;
    },
  });
  return (
    <section
      aria-label="Flow map"
      aria-describedby={hint}
      class="flow-map"
      onKeyDown={move}
      ref={(element) => {
        box.current = element;
        measure(element);
      }}
    >
      {width > 0 && (
        <svg width={width} height={layout.height} role="presentation">
          {layout.edges.map((edge) => (
            <Edge key={edge.id} edge={edge} layout={layout} link={linkOf(edge.id, flowQuery(edge.flow))} />
          ))}
          {layout.nodes.map((node) => (
            <Node key={node.id} node={node} width={layout.nodeWidth} link={linkOf(node.id, node.query)} />
          ))}
        </svg>
      )}
      <p id={hint} class="muted">
        Use the arrow keys to move between flows and their endpoints, and Enter to show the alerts.
      </p>
    </section>
  );
}

interface LinkProps {
  readonly id: string;
  readonly href: string;
  readonly isTabStop: boolean;
  readonly focus: () => void;
}

/** Attributes of a link in the picture. */
function attributesOf({ id, href, isTabStop, focus }: LinkProps) {
  return {
    "data-item": id,
    tabindex: isTabStop ? 0 : -1,
    onFocus: focus,
    onClick: (event: MouseEvent) => followSvgLink(event, href),
  };
}

/** Minimum width between the columns for the name of the priority next to the number of alerts, in pixels. */
const WIDE = 240;

interface EdgeProps {
  readonly edge: PlacedEdge;
  readonly layout: Layout;
  readonly link: LinkProps;
}

function Edge({ edge, link }: EdgeProps): JSX.Element {
  const { flow, x1, x2, y2 } = edge;
  const { count, priority, from, to } = flow;
  const name = `${from.value === "" ? "unknown" : from.value} to ${to.name === "" ? to.address : to.name}${to.port > 0 ? ` port ${to.port}` : ""}`;
  const label = x2 - x1 < WIDE ? compact(count) : `${compact(count)} ${priority}`;
  const path = edgePath(edge);
  return (
    <a href={link.href} {...attributesOf(link)} class="flow-edge">
      <title>{`${visible(name)}: ${quantity(count, "alert")}, highest priority ${priority}`}</title>
      <path class="flow-target" d={path} />
      <path class={`flow-line stroke-${priority.toLowerCase()}`} d={path} stroke-width={lineWidth(count)} />
      <text x={x2 - 6} y={y2 - 4} text-anchor="end">
        {label}
      </text>
    </a>
  );
}

interface NodeProps {
  readonly node: PlacedNode;
  readonly width: number;
  readonly link: LinkProps;
}

function Node({ node, width, link }: NodeProps): JSX.Element {
  const { x, y, height, text, more, count, priority } = node;
  const second = [more, quantity(count, "alert")].filter((part) => part !== "").join(", ");
  return (
    <a href={link.href} {...attributesOf(link)} class="flow-node">
      <title>{`${visible(text)}${more === "" ? "" : ` (${visible(more)})`}: ${quantity(count, "alert")}, highest priority ${priority}`}</title>
      <rect class="node-box" x={x} y={y} width={width} height={height} rx="5" />
      <rect class={`fill-${priority.toLowerCase()}`} x={x} y={y} width="4" height={height} rx="2" />
      <ClippedText x={x + 10} y={y} width={width - 14} text={text} class="flow-name" />
      <ClippedText x={x + 10} y={y + 16} width={width - 14} text={second} class="flow-more" />
    </a>
  );
}

/** Maximum number of characters in a node. */
const MAX_CHARACTERS = 60;

interface ClippedTextProps {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly class: string;
  /** Untrusted. */
  readonly text: string;
}

/** One line of text in a node, cut off at its end. */
function ClippedText({ x, y, width, class: name, text }: ClippedTextProps): JSX.Element {
  return (
    <svg x={x} y={y} width={Math.max(0, width)} height="22" aria-hidden="true">
      <text class={name} x="0" y="16">
        {visible(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text)}
      </text>
    </svg>
  );
}
