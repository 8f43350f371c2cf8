import type { JSX } from "preact";
import type { Scale } from "../chart/scale.ts";
import { spanOf } from "../chart/scale.ts";
import { alertAddress } from "../filter/time-range.ts";
import { isSelected, type TimeSelection } from "../filter/time-selection.ts";
import { followSvgLink, location, parameters } from "../page/router.ts";
import { integer, quantity } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { type LaneKind, worstOf } from "./lanes.ts";
import { MarkSymbol } from "./mark-symbol.tsx";
import { spokenMark } from "./mark-text.tsx";
import { MARK_SIZE, type Mark, type MarkedLane, markWidth, timeOf } from "./marks.ts";

/** Height of the line of a lane, in pixels. */
const LANE_HEIGHT = MARK_SIZE + 2;
const MIDDLE = LANE_HEIGHT / 2;
/** Minimum length of the line from the first to the last alert of a mark, in pixels. A shorter one looks like a speck. */
const LEAST_SPAN = 4;

/** Texts for alerts without the value of a lane. */
const MISSING: Readonly<Record<LaneKind, string>> = {
  process: "No process",
  container: "No container",
  source: "No source",
};
const PLURALS: Readonly<Record<LaneKind, string>> = {
  process: "other processes",
  container: "other containers",
  source: "other sources",
};

/** Properties that the marks of all lanes share. */
export interface LaneContext {
  readonly kind: LaneKind;
  readonly scale: Scale;
  readonly selection: TimeSelection | undefined;
  /** Time of the alert of the page, in milliseconds since the epoch. */
  readonly subjectAt: number;
  /** The mark that has the tab stop. */
  readonly current: Mark | undefined;
  /** Called with the mark that the pointer enters, and with undefined when the pointer leaves the mark. */
  readonly point: (mark: Mark | undefined) => void;
  /** Called in the same way for the focus. */
  readonly focus: (mark: Mark | undefined) => void;
  readonly select: (selection: TimeSelection) => void;
}

/** A lane: its name and number of alerts, and its marks. */
export function LaneRow({ lane, context }: { readonly lane: MarkedLane; readonly context: LaneContext }): JSX.Element {
  const { scale, selection, subjectAt } = context;
  const { width, left, xOfTime } = scale;
  const x = xOfTime(subjectAt);
  return (
    <li class="lane">
      <LaneName lane={lane} kind={context.kind} />
      <svg width={width} height={LANE_HEIGHT} role="presentation">
        {selection !== undefined && (
          <rect class="brushed" {...spanOf(scale, [selection.since, selection.until])} y="0" height={LANE_HEIGHT} />
        )}
        <line class="lane-line" x1={left} x2={width} y1={MIDDLE} y2={MIDDLE} />
        {x >= left && x <= width && <line class="lane-subject" x1={x} x2={x} y1="0" y2={LANE_HEIGHT} />}
        {lane.marks.map((mark) => (
          <LaneMark key={mark.key} mark={mark} context={context} />
        ))}
      </svg>
    </li>
  );
}

function LaneName({ lane, kind }: { readonly lane: MarkedLane; readonly kind: LaneKind }): JSX.Element {
  const { name, detail, folded, alerts } = lane;
  const text = folded > 0 ? `${integer(folded)} ${PLURALS[kind]}` : `${name === "" ? MISSING[kind] : visible(name)}`;
  return (
    <span class="lane-name" title={`${text} ${visible(detail)}: ${quantity(alerts.length, "alert")}`}>
      <span class="lane-label">
        {folded > 0 ? <span class="muted">{text}</span> : <Untrusted text={name} empty={MISSING[kind]} />}
      </span>
      {detail !== "" && (
        <span class="lane-detail muted">
          <Untrusted text={detail} />
        </span>
      )}
      <span class="muted number">
        <span aria-hidden="true">×{integer(alerts.length)}</span>
        <span class="visually-hidden">{quantity(alerts.length, "alert")}</span>
      </span>
    </span>
  );
}

/** One alert as a link to its page, or several as a button that selects their time. */
function LaneMark({ mark, context }: { readonly mark: Mark; readonly context: LaneContext }): JSX.Element {
  const { selection, current, point, focus, select } = context;
  const { key, x, from, to, alerts } = mark;
  const [first] = alerts;
  const hasSubject = alerts.some(({ isSubject }) => isSubject);
  const isOutside = !alerts.some(({ at }) => isSelected(at, selection));
  const drawn = (
    <>
      <rect class="mark-target" x={x - MARK_SIZE / 2} y="1" width={markWidth(mark)} height={MARK_SIZE} rx="4" />
      {to - from >= LEAST_SPAN && (
        <line class="mark-span" x1={from} x2={to} y1={LANE_HEIGHT - 2} y2={LANE_HEIGHT - 2} />
      )}
      {hasSubject && <circle class="ring" cx={x} cy={MIDDLE} r="10.5" />}
      <MarkSymbol priority={worstOf(alerts)} x={x} y={MIDDLE} isHollow={isOutside} />
      {alerts.length > 1 && (
        <text x={x + MARK_SIZE / 2 + (hasSubject ? 3 : -1)} y={MIDDLE + 4}>
          {integer(alerts.length)}
        </text>
      )}
    </>
  );
  const attributes = {
    "data-mark": key,
    class: isOutside ? "mark is-outside" : "mark",
    tabindex: mark === current ? 0 : -1,
    "aria-label": spokenMark(mark),
    onFocus: () => focus(mark),
    onBlur: () => focus(undefined),
    onPointerEnter: () => point(mark),
    onPointerLeave: () => point(undefined),
  };
  if (alerts.length > 1 || first === undefined) {
    const selectMark = (): void => select(timeOf(mark));
    return (
      // biome-ignore lint/a11y/useSemanticElements: SVG has no button
      <g
        {...attributes}
        role="button"
        onClick={selectMark}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          selectMark();
        }}
      >
        {drawn}
      </g>
    );
  }
  const { pathname, search } = location.value;
  const href = first.isSubject ? pathname + search : alertAddress(first.id, parameters.value);
  return (
    <a
      {...attributes}
      href={href}
      aria-current={first.isSubject ? "true" : undefined}
      onClick={(event) => followSvgLink(event, href)}
    >
      {drawn}
    </a>
  );
}
