import type { JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { OverTimeChart } from "../../ui-shared/chart/over-time.tsx";
import { chartRange } from "../../ui-shared/filter/chart-range.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { navigate } from "../../ui-shared/page/router.ts";

const BUCKETS = 120;

interface GroupTimesProps {
  readonly filter: Filter;
  /** The counts are fetched again when this changes. */
  readonly version: number;
}

/** The alerts of a group over time. Selecting a range opens the list of its alerts. */
export function GroupTimes({ filter, version }: GroupTimesProps): JSX.Element | null {
  const range = chartRange(filter, status.value?.journal.oldest);
  const resource = useResource(filter.query, (signal) => api.overTime(range, BUCKETS, signal), version);
  const { value, failure } = resource.value;
  if (failure !== undefined) return <p class="failure">{failure}</p>;
  if (value === undefined) return null;
  return (
    <OverTimeChart
      data={value}
      height={84}
      select={(since, until) => navigate(filtered("/alerts", { ...filter, since, until }))}
    />
  );
}
