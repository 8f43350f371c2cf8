import type { JSX } from "preact";
import { conditionTokens } from "../../ui-shared/text/condition-tokens.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** A condition with syntax highlighting. */
export function ConditionText({ text }: { readonly text: string }): JSX.Element {
  return (
    <pre class="condition-text">
      <code>
        {text
          .trimEnd()
          .split("\n")
          .map((line, index) => (
            <span key={index}>
              {highlighted(line)}
              {"\n"}
            </span>
          ))}
      </code>
    </pre>
  );
}

function highlighted(line: string): JSX.Element[] {
  const parts: JSX.Element[] = [];
  let at = 0;
  for (const { kind, from, to } of conditionTokens(line)) {
    if (from > at) parts.push(<Untrusted key={at} text={line.slice(at, from)} />);
    parts.push(
      <span key={from} class={`token-${kind}`}>
        <Untrusted text={line.slice(from, to)} />
      </span>,
    );
    at = to;
  }
  if (at < line.length) parts.push(<Untrusted key={at} text={line.slice(at)} />);
  return parts;
}
