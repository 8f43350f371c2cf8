import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { heatOf, heatSteps } from "../../ui-shared/chart/heat.ts";
import { HeatLegend } from "../../ui-shared/chart/heat-legend.tsx";
import { useWidth } from "../../ui-shared/chart/use-width.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { day } from "../../ui-shared/text/clock.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { compact, quantity } from "../../ui-shared/text/number.ts";
import { timeZone, zoneOffset } from "../../ui-shared/text/time-zone.ts";
import { type HourOfWeek, WEEKDAYS, weekOf, weekRequest } from "./week.ts";

export interface WeekMapProps {
  readonly filter: Filter;
  /** The filter with the time range of the chart, which starts at the oldest alert. */
  readonly charted: Filter;
  /** The numbers are fetched again when this changes. */
  readonly version: number;
}

/** Width in pixels below which weekdays are columns. */
const NARROW = 700;
const HOUR = 3_600_000;

const offset = (time: number): number => zoneOffset(new Date(time));

/** Alerts by hour and weekday in the time zone of the page, as a table whose cells are colored and link to alerts. */
export function WeekMap({ filter, charted, version }: WeekMapProps): JSX.Element {
  const [measure, width] = useWidth();
  const request = weekRequest(charted, offset);
  const { value, previous, failure } = useResource(
    filtered("week", filter),
    (signal) => api.overTime(request.filter, request.intervals, signal),
    `${filtered("", charted)}#${version} ${timeZone.value}`,
  ).value;
  const data = value ?? previous;
  const week = data && weekOf(data, offset);
  const zone = timeZone.value === "utc" ? "UTC" : new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div class="week-map" ref={measure}>
      {week === undefined ? (
        <p class="waiting">{failure ?? "Loading…"}</p>
      ) : (
        <>
          {width > 0 && <WeekTable week={week} filter={filter} isNarrow={width < NARROW} />}
          <p class="muted">
            Time zone: {zone}. Click a number to list the alerts from the most recent occurrence of that hour.
            {request.days !== undefined && ` Includes only the last ${request.days} days of the time range.`}{" "}
            <Incomplete {...data} />
          </p>
        </>
      )}
    </div>
  );
}

interface WeekTableProps {
  readonly week: readonly (readonly HourOfWeek[])[];
  readonly filter: Filter;
  readonly isNarrow: boolean;
}

/** A position in the table: weekday and hour. */
interface Position {
  readonly weekday: number;
  readonly hour: number;
}

function WeekTable({ week, filter, isNarrow }: WeekTableProps): JSX.Element {
  const table = useRef<HTMLTableElement>(null);
  const tabStop = useSignal<Position | undefined>(undefined);
  const steps = heatSteps(Math.max(...week.flat().map(({ count }) => count)));
  const current = tabStop.value ?? firstIn(week);
  const move = (event: KeyboardEvent): void => {
    const next = current && nextPosition(current, event.key, week, isNarrow);
    if (next === undefined) return;
    event.preventDefault();
    tabStop.value = next;
    table.current?.querySelector<HTMLElement>(`[data-hour="${next.weekday} ${next.hour}"]`)?.focus();
  };
  const cell = (weekday: number, hour: number): JSX.Element => {
    const found = week[weekday]?.[hour] ?? { count: 0, newest: undefined };
    return (
      <Cell
        key={`${weekday} ${hour}`}
        {...{ weekday, hour, filter, found }}
        heat={heatOf(found.count, steps)}
        isTabStop={current?.weekday === weekday && current.hour === hour}
        focus={() => {
          tabStop.value = { weekday, hour };
        }}
      />
    );
  };
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const weekdayHeading = (name: string, scope: "row" | "col"): JSX.Element => (
    <th key={name} scope={scope}>
      <abbr title={name}>{name.slice(0, 3)}</abbr>
    </th>
  );
  const hourHeading = (hour: number, scope: "row" | "col"): JSX.Element => (
    <th key={hour} scope={scope}>
      {String(hour).padStart(2, "0")}
    </th>
  );
  return (
    <>
      <table class="week-table" ref={table} onKeyDown={move}>
        <caption class="visually-hidden">
          Alerts by hour and weekday. Use the arrow keys to move between hours with alerts.
        </caption>
        <thead>
          <tr>
            <td />
            {isNarrow
              ? WEEKDAYS.map((name) => weekdayHeading(name, "col"))
              : hours.map((hour) => hourHeading(hour, "col"))}
          </tr>
        </thead>
        <tbody>
          {isNarrow
            ? hours.map((hour) => (
                <tr key={hour}>
                  {hourHeading(hour, "row")}
                  {WEEKDAYS.map((_, weekday) => cell(weekday, hour))}
                </tr>
              ))
            : WEEKDAYS.map((name, weekday) => (
                <tr key={name}>
                  {weekdayHeading(name, "row")}
                  {hours.map((hour) => cell(weekday, hour))}
                </tr>
              ))}
        </tbody>
      </table>
      {steps.length === 0 ? (
        <p class="muted">No alerts</p>
      ) : (
        <HeatLegend label="Legend: alerts per hour of the week" steps={steps} />
      )}
    </>
  );
}

interface CellProps extends Position {
  readonly filter: Filter;
  readonly found: HourOfWeek;
  readonly heat: number;
  readonly isTabStop: boolean;
  readonly focus: () => void;
}

function Cell({ weekday, hour, filter, found, heat, isTabStop, focus }: CellProps): JSX.Element {
  const { count, newest } = found;
  if (newest === undefined) return <td>{/* no alerts */}</td>;
  const since = new Date(newest).toISOString();
  const until = new Date(newest + HOUR).toISOString();
  const times = `${WEEKDAYS[weekday]} ${hour}:00–${hour + 1}:00`;
  return (
    <td class={`heat-${heat}`}>
      <a
        href={filtered("/alerts", { ...filter, since, until })}
        data-hour={`${weekday} ${hour}`}
        tabIndex={isTabStop ? 0 : -1}
        aria-label={`${compact(count)} ${count === 1 ? "alert" : "alerts"}, ${times}, newest on ${day(since)}`}
        title={`${times}: ${quantity(count, "alert")}. Show the alerts on ${day(since)}`}
        onFocus={focus}
      >
        {compact(count)}
      </a>
    </td>
  );
}

/** The first hour with alerts. */
function firstIn(week: WeekTableProps["week"]): Position | undefined {
  for (const [weekday, hours] of week.entries()) {
    const hour = hours.findIndex(({ count }) => count > 0);
    if (hour >= 0) return { weekday, hour };
  }
  return undefined;
}

const STEPS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The next hour with alerts in the direction of an arrow key; undefined if there is none, or for another key. */
function nextPosition(
  from: Position,
  key: string,
  week: WeekTableProps["week"],
  isNarrow: boolean,
): Position | undefined {
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const [days, hours] = isNarrow ? [step[1], step[0]] : step;
  for (let { weekday, hour } = from; ; ) {
    weekday += days;
    hour += hours;
    const found = week[weekday]?.[hour];
    if (found === undefined) return undefined;
    if (found.count > 0) return { weekday, hour };
  }
}
