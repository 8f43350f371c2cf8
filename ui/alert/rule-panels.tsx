import type { JSX } from "preact";
import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import type { ResponseRecord } from "../../src/api/schemas/response.ts";
import { durationText } from "../../ui-shared/text/clock.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { Panel } from "./panel.tsx";

/** Text of the rule, as it appears in the rule file. */
export function RulePanel({ alert }: { readonly alert: AlertDetail }): JSX.Element {
  const { ruleText, rule } = alert;
  return (
    <Panel
      title="Rule"
      aside={
        <a
          href={`/rules/${encodeURIComponent(rule)}`}
          title={ruleText === undefined ? undefined : visible(ruleText.file)}
        >
          {ruleText === undefined ? "All rules" : <Untrusted text={`${shortPath(ruleText.file)}:${ruleText.line}`} />}
        </a>
      }
    >
      {ruleText === undefined ? (
        <p class="muted">This rule is not loaded.</p>
      ) : (
        <>
          <p class="description">
            <Untrusted text={ruleText.description} />
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls */}
          <pre tabIndex={0}>
            <code>{lines(ruleText.yaml)}</code>
          </pre>
        </>
      )}
    </Panel>
  );
}

/** Returns a file name with its directory. */
function shortPath(path: string): string {
  return path.split("/").slice(-2).join("/");
}

/** Shows untrusted text with its line breaks. */
function lines(text: string): JSX.Element[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line, index) => (
      <span key={index}>
        <Untrusted text={line} />
        {"\n"}
      </span>
    ));
}

export function MitrePanel({ alert }: { readonly alert: AlertDetail }): JSX.Element | null {
  if (alert.mitre.length === 0) return null;
  return (
    <Panel title="MITRE ATT&CK">
      <ul class="mitre">
        {alert.mitre.map(({ technique, name, tactic, url }) => (
          <li key={technique + tactic}>
            {/^https:\/\/attack\.mitre\.org\//.test(url) ? (
              <a href={url} target="_blank" rel="noreferrer noopener">
                {technique} <Untrusted text={name} />
              </a>
            ) : (
              <>
                {technique} <Untrusted text={name} />
              </>
            )}
            <span class="muted">
              {" "}
              <Untrusted text={tactic} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function ResponsesPanel({ responses }: { readonly responses: readonly ResponseRecord[] }): JSX.Element | null {
  if (responses.length === 0) return null;
  return (
    <Panel title="Responses">
      <ul class="responses">
        {responses.map((response) => (
          <li key={`${response.time}${response.action}${response.target}${response.step}`}>
            <p class="facts">
              <Time iso={response.time} />
              <b>
                <Untrusted text={response.action} />
              </b>
              <Untrusted text={response.target} />
              <span class="tag">
                <Untrusted text={response.step} />
              </span>
              {response.duration !== undefined && response.duration !== null && (
                <span class="muted">{durationText(response.duration)}</span>
              )}
            </p>
            {response.reason !== undefined && response.reason !== "" && (
              <p class="muted">
                <Untrusted text={response.reason.replaceAll("_", " ")} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
