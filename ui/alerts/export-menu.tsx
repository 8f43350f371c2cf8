import type { JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";

/** Links that download all alerts that match the filter. */
export function ExportMenu({ filter }: { readonly filter: Filter }): JSX.Element {
  return (
    <span class="exports">
      <span class="muted">Export</span>
      <a class="button" href={api.exportAddress(filter, "json")} download>
        JSON
      </a>
      <a class="button" href={api.exportAddress(filter, "csv")} download>
        CSV
      </a>
    </span>
  );
}
