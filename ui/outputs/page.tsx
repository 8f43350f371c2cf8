import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { subscribe } from "../../ui-shared/api/live.ts";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import type { ViewProps } from "../shell/views.ts";
import { OutputList } from "./list.tsx";
import { OutputPanels } from "./output.tsx";

/** The list of outputs, or the output in the URL. */
export function OutputsPage({ subject }: ViewProps): JSX.Element {
  useEffect(() => subscribe(NO_FILTER, {}), []); // receives the status every two seconds
  return (
    <section class="view">
      {subject === undefined ? <OutputList /> : <OutputPanels key={subject} name={subject} />}
    </section>
  );
}
