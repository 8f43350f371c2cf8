import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { priorities } from "../../src/rule/rule.ts";
import { scaleOf } from "../chart/scale.ts";
import { useWidth } from "../chart/use-width.ts";
import type { TimeSelection } from "../filter/time-selection.ts";
import { centerIn } from "../page/center.ts";
import { useShortcuts } from "../page/keys.ts";
import { parameters, setParameter } from "../page/router.ts";
import { Brush } from "./brush.tsx";
import { LaneRow } from "./lane-rows.tsx";
import { type LaneAlert, type LaneKind, lanesOf } from "./lanes.ts";
import { SymbolLegend } from "./mark-symbol.tsx";
import { MarkDetails } from "./mark-text.tsx";
import { histogramOf, type Mark, markAfter, marksOf } from "./marks.ts";
import { clearTime, selectTime } from "./select-time.ts";
import { SelectionBar } from "./selection-bar.tsx";

/**
 * Width of the names beside the lanes, and width of the numbers beside the axis if the names are above the lanes, in
 * pixels.
 */
const NAME_WIDTH = 160;
const NUMBER_WIDTH = 28;
/** Width below which the names are above the lanes, in pixels. */
const NARROW = 480;
const AXIS_HEIGHT = 60;

/** URL parameter with the kind of lanes. */
const LANES = "lanes";

const SHORTCUTS = [{ keys: "Escape", description: "Clear the selected time range", run: clearTime }];

interface LanesProps {
  /** Oldest first. */
  readonly alerts: readonly LaneAlert[];
  readonly selection: TimeSelection | undefined;
  /** Kinds of lanes that the user can select; the first is the default. */
  readonly kinds: readonly LaneKind[];
}

/** Related alerts over time, in lanes per process, container or source, with an axis to select a part of the time. */
export function Lanes({ alerts, selection, kinds }: LanesProps): JSX.Element {
  useShortcuts(SHORTCUTS);
  const [measure, width] = useWidth();
  const isZoomed = useSignal(false);
  const pointed = useSignal<Mark | undefined>(undefined);
  const focused = useSignal<Mark | undefined>(undefined);
  const [standard = "process"] = kinds;
  const kind = kinds.find((each) => each === parameters.value.get(LANES)) ?? standard;
  // A mark that is no longer drawn does not report that it has lost the pointer or the focus.
  useEffect(() => {
    pointed.value = undefined;
    focused.value = undefined;
  }, [kind, isZoomed.value, pointed, focused]);
  const histogram = histogramOf(alerts, isZoomed.value ? selection : undefined);
  const isNarrow = width < NARROW;
  const scale = scaleOf(histogram, width, AXIS_HEIGHT, isNarrow ? NUMBER_WIDTH : NAME_WIDTH);
  const present = priorities.filter((priority) => alerts.some((alert) => alert.priority === priority));
  const shown = pointed.value ?? focused.value;
  const shared = { scale, selection, select: selectTime };
  return (
    <figure class={isNarrow ? "lanes is-narrow" : "lanes"} aria-label="Related alerts over time">
      <fieldset class="lane-kinds">
        <legend>Lanes by</legend>
        {kinds.map((value) => (
          <button
            key={value}
            type="button"
            aria-pressed={value === kind}
            onClick={() => setParameter(LANES, value === standard ? undefined : value)}
          >
            {value}
          </button>
        ))}
      </fieldset>
      <div class="lane-rows">
        <div ref={measure}>
          {width > 0 && (
            <LaneList
              {...shared}
              {...{ kind, alerts, histogram }}
              point={(mark) => {
                pointed.value = mark;
              }}
              focus={(mark) => {
                focused.value = mark;
              }}
            />
          )}
        </div>
      </div>
      {width > 0 && <Brush {...shared} step={histogram.step} />}
      <figcaption class="lane-caption">
        {shown === undefined ? <SymbolLegend present={present} /> : <MarkDetails mark={shown} />}
      </figcaption>
      <SelectionBar {...{ alerts, selection, isZoomed }} />
    </figure>
  );
}

interface LaneListProps extends Pick<LanesProps, "alerts" | "selection"> {
  readonly select: (selection: TimeSelection) => void;
  readonly kind: LaneKind;
  readonly histogram: ReturnType<typeof histogramOf>;
  readonly scale: ReturnType<typeof scaleOf>;
  readonly point: (mark: Mark | undefined) => void;
  readonly focus: (mark: Mark | undefined) => void;
}

/** The lanes as a list, whose marks have a single tab stop. */
function LaneList({ alerts, kind, histogram, scale, focus, select, ...shared }: LaneListProps): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const tabStop = useSignal("");
  const { begin, end } = histogram;
  const lanes = lanesOf(alerts, kind).map((lane) => ({
    ...lane,
    marks: marksOf(
      lane.alerts.filter(({ at }) => at >= begin && at < end),
      scale.xOfTime,
    ),
  }));
  const marks = lanes.flatMap((lane) => lane.marks);
  const withAlert = (matches: (alert: LaneAlert) => boolean): Mark | undefined =>
    marks.find((mark) => mark.alerts.some(matches));
  // An alert keeps the tab stop if another mark contains it because the width has changed.
  const current = withAlert(({ id }) => id === tabStop.value) ?? withAlert(({ isSubject }) => isSubject) ?? marks[0];
  const move = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || current === undefined) return;
    const target = markAfter(event.key, lanes, current);
    if (target === undefined) return;
    event.preventDefault();
    tabStop.value = target.key;
    const elements = list.current?.querySelectorAll<SVGElement>("[data-mark]") ?? [];
    const element = [...elements].find(({ dataset }) => dataset.mark === target.key);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  useLayoutEffect(() => {
    const box = list.current?.closest<HTMLElement>(".lane-rows");
    const lane = list.current?.querySelector(".ring")?.closest<HTMLElement>("li");
    if (box && lane) centerIn(box, lane);
  }, [kind]);
  const selects = useRef(false);
  useLayoutEffect(() => {
    // While only the selected time is drawn, other marks replace the mark that had the focus.
    const { current: element } = list;
    if (selects.current && element?.contains(document.activeElement) === false)
      element.querySelector<SVGElement>("[data-mark][tabindex='0']")?.focus();
    selects.current = false;
  });
  return (
    <ol ref={list} aria-label={`Lanes by ${kind}. Use the arrow keys to move between alerts.`} onKeyDown={move}>
      {lanes.map((lane) => (
        <LaneRow
          key={lane.key}
          lane={lane}
          context={{
            ...shared,
            ...{ kind, scale, current },
            subjectAt: alerts.find(({ isSubject }) => isSubject)?.at ?? 0,
            select: (selection) => {
              selects.current = true;
              select(selection);
            },
            focus: (mark) => {
              if (mark !== undefined) tabStop.value = mark.key;
              focus(mark);
            },
          }}
        />
      ))}
    </ol>
  );
}
