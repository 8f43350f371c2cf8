import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Posture } from "../../src/api/schemas/posture.ts";
import { api } from "../../ui-shared/api/client.ts";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { parameters } from "../../ui-shared/page/router.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Counts, FilterForm } from "./filter-form.tsx";
import { FindingTable } from "./finding-table.tsx";
import { addressOf, NO_POSTURE_FILTER, postureFilterOf, postureParameters } from "./posture-filter.ts";

const PAGE = 200;
/** Milliseconds between requests while objects are read. */
const POLL = 2000;

/** Weaknesses in the Kubernetes cluster: workloads, access and exposure. */
export function PosturePage(): JSX.Element {
  const filter = postureFilterOf(parameters.value);
  const answer = useSignal<Posture | undefined>(undefined);
  const attempt = useSignal(0);
  /** Number of completed requests. */
  const requests = useSignal(0);
  const isFresh = useRef(false);
  const { rows, more, failure } = usePaged(`${addressOf(filter)}#${attempt.value}`, async (cursor, signal) => {
    const fresh = isFresh.current ? ({ fresh: "true" } as const) : {};
    isFresh.current = false;
    const page = { limit: PAGE, ...(cursor !== undefined && { cursor }), ...fresh };
    try {
      const answered = await api.posture({ ...postureParameters(filter), ...page }, signal);
      if (!signal.aborted) answer.value = answered;
      return { rows: answered.findings, next: answered.next };
    } finally {
      if (!signal.aborted) requests.value++;
    }
  });
  const isReading = answer.value?.state === "reading";
  useEffect(() => {
    if (!isReading) return;
    const timer = setTimeout(() => attempt.value++, POLL);
    return () => clearTimeout(timer);
  }, [requests.value]);
  const readAgain = (): void => {
    isFresh.current = true;
    attempt.value++;
  };
  const posture = answer.value;
  return (
    <section class="view posture">
      <div class="heading">
        <h1>Posture</h1>
        {posture !== undefined && posture.state !== "absent" && <Coverage posture={posture} />}
        <span class="gap" />
        {posture !== undefined && posture.state !== "absent" && (
          <button type="button" disabled={isReading} onClick={readAgain}>
            {isReading ? "Reading…" : "Refresh"}
          </button>
        )}
      </div>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {posture === undefined ? (
        failure === undefined && <p class="waiting">Loading…</p>
      ) : posture.state === "absent" ? (
        <p class="panel muted empty absent">
          <Untrusted text={posture.reason ?? ""} />
        </p>
      ) : (
        <>
          <Gaps posture={posture} />
          <Counts counts={posture.counts} filter={filter} />
          <FilterForm namespaces={posture.namespaces} filter={filter} />
          <p class="muted" role="status">
            {quantity(posture.total, "finding")}
            {addressOf(filter) !== addressOf(NO_POSTURE_FILTER) && (posture.total === 1 ? " matches" : " match")}
            {posture.leftOut > 0 &&
              `; the list is incomplete: ${quantity(posture.leftOut, "finding")} omitted because there are too many`}
          </p>
          <FindingTable findings={rows ?? []} filter={filter} isReading={isReading} />
          <LoadMore more={more} />
        </>
      )}
    </section>
  );
}

/** Scope of the findings: pods, cluster or node, and time of the reading. */
function Coverage({ posture: { server, workloads, node, pods, read } }: { readonly posture: Posture }): JSX.Element {
  return (
    <p class="muted">
      {quantity(pods, "pod")}{" "}
      {workloads === "node" ? (
        <>
          on node <Untrusted text={node ?? ""} /> of the cluster
        </>
      ) : (
        "in the cluster"
      )}{" "}
      at <Untrusted text={server} />
      {read !== null && (
        <>
          , read at <Time iso={read} milliseconds={false} />
        </>
      )}
    </p>
  );
}

/** Missing permissions and other reasons why the posture is incomplete. */
function Gaps({ posture: { missing, notes } }: { readonly posture: Posture }): JSX.Element | null {
  if (missing.length + notes.length === 0) return null;
  return (
    <section class="panel gaps" aria-label="Missing data">
      <ul>
        {missing.map(({ permission, hides }) => (
          <li key={permission}>
            Missing permission: <code>{permission}</code>. Not shown: {hides}.
          </li>
        ))}
        {notes.map((note) => (
          <li key={note}>
            <Untrusted text={note} />
          </li>
        ))}
      </ul>
    </section>
  );
}
