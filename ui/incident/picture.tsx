import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useWidth } from "../../ui-shared/chart/use-width.ts";
import type { TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { secondLine, spoken, worstPriority } from "./describe.ts";
import { Icon } from "./icon.tsx";
import { isActive } from "./lane-alerts.ts";
import { edgePath, type Layout, layoutOf, linkPath, NODE_HEIGHT, NODE_WIDTH } from "./layout.ts";
import { type Graph, type GraphNode, labelOf, visibleNodes } from "./node.ts";

interface PictureProps {
  readonly graph: Graph;
  /** Nodes that begin later are hidden. Milliseconds since the epoch. */
  readonly until: number;
  /** Nodes without items or alerts in this time are dimmed. */
  readonly selection: TimeSelection | undefined;
  /** ID of the node whose details are shown. */
  readonly selected: string;
  /** ID of the node that has the focus when the picture is focused. */
  readonly focused: string;
  readonly focus: (id: string) => void;
  readonly select: (id: string) => void;
}

/** The graph as a tree of focusable nodes, with the links between them. */
export function Picture({ graph, until, selection, selected, focused, focus, select }: PictureProps): JSX.Element {
  const [measure, width] = useWidth();
  const box = useRef<HTMLDivElement | null>(null);
  const layout = useMemo(() => layoutOf(graph.roots, width), [graph, width]);
  const shown = visibleNodes(graph.roots, until);
  const current = shown.some(({ node }) => node.id === focused) ? focused : (shown[0]?.node.id ?? "");
  useEffect(() => {
    // Shows the alert of the incident when the picture is drawn.
    if (width > 0) box.current?.querySelector(".is-subject.node-alert")?.scrollIntoView(NEAREST);
  }, [layout, width > 0]);
  const move = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.key, shown, current);
    if (event.key === "Enter" || event.key === " ") select(current);
    else if (target === undefined) return;
    else {
      focus(target);
      const element = box.current?.querySelector<SVGElement>(`[data-node="${target}"]`);
      element?.focus({ preventScroll: true });
      element?.scrollIntoView(NEAREST);
    }
    event.preventDefault();
  };
  return (
    <div
      role="tree"
      aria-label="Incident graph"
      class="incident-picture"
      onKeyDown={move}
      ref={(element) => {
        box.current = element;
        measure(element);
      }}
    >
      {width > 0 && (
        <svg role="none" width={layout.isNarrow ? Math.max(layout.width, width) : layout.width} height={layout.height}>
          <Edges graph={graph} shown={shown} layout={layout} />
          {shown.map(({ node, level }) => (
            <Node
              key={node.id}
              node={node}
              level={level}
              until={until}
              selection={selection}
              layout={layout}
              isSelected={node.id === selected}
              isFocusable={node.id === current}
              select={() => {
                focus(node.id);
                select(node.id);
              }}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

const NEAREST: ScrollIntoViewOptions = { block: "nearest", inline: "nearest" };

type Shown = ReturnType<typeof visibleNodes>;

/** The node to which a key moves; undefined if the key moves to no other node. */
export function targetOf(key: string, shown: Shown, current: string): string | undefined {
  const position = shown.findIndex(({ node }) => node.id === current);
  const at = shown[position];
  if (at === undefined) return undefined;
  const next = shown[position + 1];
  switch (key) {
    case "ArrowDown":
      return next?.node.id;
    case "ArrowUp":
      return shown[position - 1]?.node.id;
    case "ArrowRight":
      return next?.parent === at.node ? next.node.id : undefined;
    case "ArrowLeft":
      return at.parent?.id;
    case "Home":
      return shown[0]?.node.id;
    case "End":
      return shown.at(-1)?.node.id;
    default:
      return undefined;
  }
}

interface EdgesProps {
  readonly graph: Graph;
  readonly shown: Shown;
  readonly layout: Layout;
}

function Edges({ graph, shown, layout }: EdgesProps): JSX.Element {
  const { places } = layout;
  const visibleIds = new Set(shown.map(({ node }) => node.id));
  return (
    <g>
      {shown.map(({ node, parent }) => {
        const from = parent === undefined ? undefined : places.get(parent.id);
        const to = places.get(node.id);
        return from && to ? <path key={node.id} class="edge" d={edgePath(from, to, layout)} /> : null;
      })}
      {graph.links.map(({ kind, from, to }) => {
        const [start, end] = [places.get(from), places.get(to)];
        if (!start || !end || !visibleIds.has(from) || !visibleIds.has(to)) return null;
        return <path key={`${from} ${to} ${kind}`} class={`edge link-${kind}`} d={linkPath(start, end)} />;
      })}
    </g>
  );
}

interface NodeProps {
  readonly node: GraphNode;
  readonly level: number;
  readonly until: number;
  readonly selection: TimeSelection | undefined;
  readonly layout: Layout;
  readonly isSelected: boolean;
  readonly isFocusable: boolean;
  readonly select: () => void;
}

function Node(props: NodeProps): JSX.Element | null {
  const { node, level, until, selection, layout, isSelected, isFocusable, select } = props;
  const place = layout.places.get(node.id);
  if (place === undefined) return null;
  const { text, count } = labelOf(node, until);
  const priority = worstPriority(node);
  const badge = count > 1 ? `×${count}` : "";
  const badgeWidth = badge === "" ? 0 : 14 + badge.length * 7;
  return (
    <g
      role="treeitem"
      data-node={node.id}
      class={classOf(node, isSelected, selection)}
      transform={`translate(${place.x},${place.y})`}
      tabindex={isFocusable ? 0 : -1}
      aria-level={level}
      aria-selected={isSelected}
      onClick={select}
    >
      <title>{spoken(node, until, selection)}</title>
      <rect class="node-box" width={NODE_WIDTH} height={NODE_HEIGHT} rx="5" />
      {node.kind === "alert" && priority !== undefined && (
        <rect class={`fill-${priority.toLowerCase()}`} width="4" height={NODE_HEIGHT} rx="2" />
      )}
      <Icon
        kind={node.kind}
        fill={node.kind === "alert" && priority !== undefined ? `fill-${priority.toLowerCase()}` : "fill-none"}
        x={9}
        y={5}
      />
      <ClippedText
        class="node-name"
        y={0}
        width={NODE_WIDTH - 34 - badgeWidth}
        text={text}
        keepsEnd={node.kind === "file"}
      />
      <ClippedText class="node-more" y={18} width={NODE_WIDTH - 34} text={secondLine(node)} />
      {badge !== "" && (
        <text class="node-count" x={NODE_WIDTH - 7} y="15" text-anchor="end">
          {badge}
        </text>
      )}
    </g>
  );
}

function classOf(node: GraphNode, isSelected: boolean, selection: TimeSelection | undefined): string {
  const states = [
    ...(node.isSubject ? ["is-subject"] : []),
    ...(isSelected ? ["is-selected"] : []),
    ...(isActive(node, selection) ? [] : ["is-dimmed"]),
  ];
  return ["node", `node-${node.kind}`, ...states].join(" ");
}

/** Mean width of a character in pixels. */
const CHARACTER_WIDTH = 6.6;

interface ClippedTextProps {
  readonly class: string;
  readonly y: number;
  readonly width: number;
  /** Untrusted. */
  readonly text: string;
  /** Whether a long text is cut off at its start: paths often differ only at their end. */
  readonly keepsEnd?: boolean;
}

/** One line of text in a node, cut off at its end or its start. */
function ClippedText({ class: name, y, width, text, keepsEnd = false }: ClippedTextProps): JSX.Element {
  const fitting = Math.floor(width / CHARACTER_WIDTH);
  const cut = keepsEnd ? `…${text.slice(1 - fitting)}` : `${text.slice(0, fitting - 1)}…`;
  return (
    <svg class="clip" x="28" y={y} width={width} height="20" aria-hidden="true">
      <text class={name} x="0" y="15">
        {visible(text.length > fitting ? cut : text)}
      </text>
    </svg>
  );
}
