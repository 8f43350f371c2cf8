import type { JSX } from "preact";
import type { LeftOutRules, RuleWarning } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** Warnings about the loaded rule files, and skipped rules. Not shown if there are no warnings and no skipped rules. */
export function LoadWarnings(): JSX.Element | null {
  const { value } = useResource("rule-warnings", (signal) => api.ruleWarnings(signal)).value;
  if (value === undefined) return null;
  const { leftOut, warnings } = value;
  return (
    <>
      {leftOut.length > 0 && <LeftOut leftOut={leftOut} />}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
    </>
  );
}

/** Skipped rules. The list is expanded, because skipped rules raise no alerts. */
function LeftOut({ leftOut }: { readonly leftOut: readonly LeftOutRules[] }): JSX.Element {
  const rules = leftOut.reduce((sum, { rules }) => sum + rules.length, 0);
  return (
    <details open class="panel load-warnings">
      <summary>{quantity(rules, "rule")} skipped</summary>
      <ul>
        {leftOut.map(({ message }) => (
          <li key={message}>
            <Untrusted text={message} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly RuleWarning[] }): JSX.Element {
  return (
    <details class="panel load-warnings">
      <summary>{quantity(warnings.length, "warning")} in rule files</summary>
      <ul>
        {warnings.map((warning) => (
          <li key={JSON.stringify(warning)}>
            <Warning warning={warning} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Warning({
  warning: { file, line, column, rule, code, message },
}: {
  readonly warning: RuleWarning;
}): JSX.Element {
  return (
    <>
      <Untrusted text={`${file}:${line}:${column}`} />: <Untrusted text={message} />
      {rule !== null && (
        <>
          {" "}
          (rule{" "}
          <a href={`/rules/${encodeURIComponent(rule)}`}>
            <Untrusted text={rule} />
          </a>
          )
        </>
      )}{" "}
      <code>{code}</code>
    </>
  );
}
