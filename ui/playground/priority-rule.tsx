import type { JSX } from "preact";
import type { Priority } from "../../src/rule/rule.ts";
import { Swatch } from "../../ui-shared/chart/legend.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { Match } from "./protocol.ts";

/** The rule of a match in the color of its priority. */
export function PriorityRule({ match: { priority, rule } }: { readonly match: Match }): JSX.Element {
  return (
    <>
      {/* All priorities of the engine are members of this type. */}
      <Swatch priority={priority as Priority} /> <Untrusted text={rule} />
    </>
  );
}
