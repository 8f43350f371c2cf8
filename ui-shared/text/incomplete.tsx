import type { JSX } from "preact";
import type { Searched } from "../../src/api/schemas/common.ts";
import { Time } from "./time.tsx";

/** States the time range of counts that are incomplete because of a time limit, and whether counting continues. */
export function Incomplete({ complete, searched, continues }: Searched): JSX.Element | null {
  if (complete !== false || searched === undefined) return null;
  return (
    <span class="muted">
      {continues === true ? "Counting older alerts… So far: alerts since " : "Incomplete: includes only alerts since "}
      <Time iso={searched} milliseconds={false} />
    </span>
  );
}
