import type { JSX } from "preact";
import type { RuleDetail } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { ALL_TIME, filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { ConditionText } from "./condition-text.tsx";
import { formatCondition } from "./format-condition.ts";
import { SettingPanel } from "./setting-panel.tsx";

interface RuleProps {
  readonly rule: RuleDetail;
  /** Called after a change of the rule, when the rules have been reloaded. */
  readonly changed: () => void;
}

/** A rule with condition, output, YAML, recent alerts, changes, techniques and exceptions. */
export function Rule({ rule, changed }: RuleProps): JSX.Element {
  const { name, priority, source, enabled, shadow, file, line, description, tags } = rule;
  // Rules of the web UI have no file that the user can open.
  const isFromPage = file.startsWith("page/");
  return (
    <>
      <header class="rule-head">
        <p>
          <a href="/rules">All rules</a>
        </p>
        <h1>
          <Untrusted text={name} />
        </h1>
        <p class="facts">
          <PriorityMark priority={priority} />
          <span>
            <Untrusted text={source} />
          </span>
          <span class={enabled ? "good" : "warning"}>{enabled ? "enabled" : shadow ? "shadow" : "disabled"}</span>
          {isFromPage ? (
            <span class="muted">web UI</span>
          ) : (
            <span class="muted mono">
              <Untrusted text={`${file}:${line}`} />
            </span>
          )}
          <span class="gap" />
          <a class="button" href={`/playground?rule=${encodeURIComponent(name)}`}>
            Edit in playground
          </a>
        </p>
        <p class="description">
          <Untrusted text={description} />
        </p>
        {tags.length > 0 && (
          <ul class="tags-of-rule" aria-label="Tags">
            {tags.map((tag) => (
              <li key={tag}>
                <a class="tag" href={`/rules?${new URLSearchParams({ tag })}`}>
                  <Untrusted text={tag} />
                </a>
              </li>
            ))}
          </ul>
        )}
      </header>
      <div class="columns">
        <div class="column">
          <Panel title="Condition">
            <ConditionText text={formatCondition(rule.condition)} />
          </Panel>
          <Panel title="Output">
            <p class="mono">
              <Untrusted text={rule.output.trim()} />
            </p>
          </Panel>
          <Panel
            title="YAML"
            aside={
              !isFromPage && (
                <span class="muted mono">
                  <Untrusted text={`line ${line}`} />
                </span>
              )
            }
          >
            <pre class="written">
              {rule.yaml
                .trimEnd()
                .split("\n")
                .map((text, index) => (
                  <span key={index}>
                    <Untrusted text={text} />
                    {"\n"}
                  </span>
                ))}
            </pre>
          </Panel>
        </div>
        <div class="column">
          <Activity rule={rule} />
          <SettingPanel rule={name} isLoaded changed={changed} />
          <Mitre rule={rule} />
          <Exceptions rule={rule} />
        </div>
      </div>
    </>
  );
}

/** Number of recent alerts shown. */
const RECENT_ALERTS = 8;

function Activity({ rule: { name, hits, lastHit, nanoseconds, matches } }: { readonly rule: RuleDetail }): JSX.Element {
  const filter = { ...NO_FILTER, query: comparison("rule", name), since: ALL_TIME };
  const recent = useResource(name, (signal) => api.alerts(filter, { limit: RECENT_ALERTS }, signal));
  const { value, failure } = recent.value;
  return (
    <Panel title="Activity" aside={<a href={filtered("/alerts", filter)}>Show all alerts</a>}>
      <dl class="figures">
        <div>
          <dt>Alerts (24 h)</dt>
          <dd>{integer(hits)}</dd>
        </div>
        <div>
          <dt>Last alert (24 h)</dt>
          <dd>{lastHit === null ? "–" : <Time iso={lastHit} milliseconds={false} />}</dd>
        </div>
        {matches !== undefined && (
          <div>
            <dt>Matches in shadow mode</dt>
            <dd>{integer(matches)}</dd>
          </div>
        )}
        <div>
          <dt>Cost per event</dt>
          <dd>{nanoseconds === undefined ? "–" : `${integer(nanoseconds)} ns`}</dd>
        </div>
      </dl>
      {failure !== undefined && (
        <p class="failure">
          <Untrusted text={failure} />
        </p>
      )}
      {value !== undefined && value.alerts.length === 0 && <p class="muted">No alerts for this rule in the journal.</p>}
      {value !== undefined && value.alerts.length > 0 && (
        <ul class="recent">
          {value.alerts.map(({ id, time, output }) => (
            <li key={id}>
              <a href={`/alerts/${encodeURIComponent(id)}`}>
                <Time iso={time} />
              </a>{" "}
              <span class="muted">
                <Untrusted text={output} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Mitre({ rule: { mitre } }: { readonly rule: RuleDetail }): JSX.Element | null {
  if (mitre.length === 0) return null;
  return (
    <Panel title="MITRE ATT&CK" aside={<a href="/coverage">Coverage</a>}>
      <ul>
        {mitre.map(({ technique, name, tactic, url }) => (
          <li key={`${technique} ${tactic}`}>
            {/^https:\/\/attack\.mitre\.org\//.test(url) ? (
              <a href={url} target="_blank" rel="noreferrer noopener">
                {technique} <Untrusted text={name} />
              </a>
            ) : (
              <>
                {technique} <Untrusted text={name} />
              </>
            )}{" "}
            <span class="muted tactic-of-rule">
              <Untrusted text={tactic} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Exceptions({ rule: { exceptions } }: { readonly rule: RuleDetail }): JSX.Element {
  return (
    <Panel title="Exceptions">
      {exceptions.length === 0 ? (
        <p class="muted">No exceptions.</p>
      ) : (
        <ul>
          {exceptions.map((exception) => (
            <li key={exception} class="mono">
              <Untrusted text={exception} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
