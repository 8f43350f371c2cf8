import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import { filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { rangeIncluding } from "../../ui-shared/filter/time-range.ts";
import { parameters } from "../../ui-shared/page/router.ts";

/** Returns the URL of the alerts that match a query, in the time range from which the user has come. */
export function alertsLike({ time }: Pick<AlertDetail, "time">, query: string): string {
  return filtered("/alerts", { ...NO_FILTER, ...rangeIncluding(time, parameters.value), query });
}
