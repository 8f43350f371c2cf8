import type { JSX } from "preact";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import type { ExplainTarget, RunResult } from "./protocol.ts";

interface RuleCountsProps {
  readonly result: RunResult;
  readonly explain: (target: ExplainTarget) => void;
}

/** Number of alerts for each evaluated rule. Rules with alerts are listed first. */
export function RuleCounts({ result: { byRule }, explain }: RuleCountsProps): JSX.Element {
  const fired = byRule.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const silent = byRule.filter(({ count }) => count === 0);
  return (
    <details class="rule-counts" open={byRule.length <= 3}>
      <summary>
        {fired.length} of {quantity(byRule.length, "rule")} matched
      </summary>
      <ul>
        {[...fired, ...silent].map(({ rule, count }) => (
          <li key={rule}>
            <span class="number">{integer(count)}</span>
            <Untrusted text={rule} />
            {count === 0 && (
              <button type="button" class="plain" onClick={() => explain({ rule })}>
                Explain closest event <span class="visually-hidden">for {visible(rule)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
