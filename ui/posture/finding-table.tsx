import type { JSX } from "preact";
import type { Change, Finding } from "../../src/api/schemas/posture.ts";
import { keyOf, type Severity } from "../../src/posture/finding.ts";
import type { Priority } from "../../src/rule/rule.ts";
import { Swatch } from "../../ui-shared/chart/legend.tsx";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { ALL_TIME, filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { ago } from "../../ui-shared/text/clock.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { addressOf, type PostureFilter } from "./posture-filter.ts";

interface FindingTableProps {
  readonly findings: readonly Finding[];
  readonly filter: PostureFilter;
  readonly isReading: boolean;
}

export function FindingTable({ findings, filter, isReading }: FindingTableProps): JSX.Element {
  return (
    <div class="panel">
      <Cards>
        <table class="lined findings">
          <caption class="visually-hidden">Findings, most severe first</caption>
          <thead>
            <tr>
              <th scope="col">Severity</th>
              <th scope="col">Finding</th>
              <th scope="col">Object</th>
              <th scope="col">Since</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((finding) => (
              <Row key={keyOf(finding)} finding={finding} filter={filter} />
            ))}
          </tbody>
        </table>
        {findings.length === 0 && <p class="muted empty">{isReading ? "Reading objects…" : "No findings match."}</p>}
      </Cards>
    </div>
  );
}

/** Alert priority whose color represents a severity. */
const PRIORITIES: Readonly<Record<Severity, Priority>> = {
  critical: "Alert",
  high: "Error",
  medium: "Warning",
  low: "Informational",
};

function Row({ finding, filter }: { readonly finding: Finding; readonly filter: PostureFilter }): JSX.Element {
  const { severity, what, why, detail, since, change } = finding;
  return (
    <tr>
      <td class="nowrap">
        <span class="severity">
          <Swatch priority={PRIORITIES[severity]} />
          {severity}
        </span>
      </td>
      <th scope="row">
        {what}
        {detail !== "" && (
          <div class="detail">
            <Untrusted text={detail} />
          </div>
        )}
        <div class="why muted">{why}</div>
      </th>
      <td>
        <Place finding={finding} filter={filter} />
      </td>
      <td class="nowrap">
        {since === null ? (
          <span class="muted">–</span>
        ) : (
          <time dateTime={since} title={since}>
            {ago(since)}
          </time>
        )}
      </td>
      <td>{change === null ? <span class="muted">unknown</span> : <ChangeText change={change} />}</td>
    </tr>
  );
}

/** The object, with a link to all findings for it and a link to alerts about changes to it. */
function Place({ finding, filter }: { readonly finding: Finding; readonly filter: PostureFilter }): JSX.Element {
  const { object, container, pods } = finding;
  const { kind, namespace, name } = object;
  const alerts = filtered("/alerts", { ...NO_FILTER, query: comparison("ka.target.name", name), since: ALL_TIME });
  return (
    <>
      <a href={addressOf({ ...filter, kind: "", category: "", severity: "", namespace, text: name })}>
        <Untrusted text={namespace === "" ? name : `${namespace}/${name}`} />
      </a>
      <div class="muted">
        <Untrusted text={kind} />
        {container !== "" && (
          <>
            , container <Untrusted text={container} />
          </>
        )}
        {pods > 1 && `, ${quantity(pods, "pod")}`}
      </div>
      <a href={alerts} aria-label={`Alerts for changes to ${visible(`${kind} ${name}`)}`}>
        Alerts
      </a>
    </>
  );
}

/**
 * The user who made the change, with the alert about it. If there is no alert, the client that last updated the object.
 */
function ChangeText({ change: { time, user, tool, alert, rule } }: { readonly change: Change }): JSX.Element {
  if (alert === null)
    return (
      <>
        <Time iso={time} milliseconds={false} />
        {tool !== null && (
          <div class="muted">
            last updated by <Untrusted text={tool} />
          </div>
        )}
      </>
    );
  return (
    <>
      <Untrusted text={user ?? ""} empty="unknown user" />
      <div>
        <Time iso={time} milliseconds={false} />
      </div>
      <a href={`/alerts/${encodeURIComponent(alert)}`}>
        <Untrusted text={rule ?? "alert"} />
      </a>
    </>
  );
}
