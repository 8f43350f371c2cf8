import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { EventExplanation } from "./event-explanation.tsx";
import { type Explanation, lastRun } from "./last-run.ts";

interface ExplanationSectionProps {
  readonly explanation: Explanation;
}

/** The requested explanation. It is focused when it is loaded. */
export function ExplanationSection({ explanation: { target, json, failure } }: ExplanationSectionProps): JSX.Element {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const isLoaded = json !== undefined || failure !== undefined;
  useEffect(() => {
    if (!isLoaded) return;
    heading.current?.focus({ preventScroll: true });
    heading.current?.parentElement?.scrollIntoView({ block: "nearest" });
  }, [isLoaded]);
  const match = lastRun.value?.matches.find(({ event, rule }) => event === target.event && rule === target.rule);
  return (
    <section class="explanation-section" aria-labelledby={id} aria-busy={!isLoaded}>
      <h3 id={id} ref={heading} tabIndex={-1}>
        Explanation
      </h3>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {!isLoaded && <p class="muted">Loading…</p>}
      {json !== undefined && <EventExplanation json={json} />}
      {match !== undefined && (
        <details class="alert-json">
          <summary>Alert as JSON</summary>
          <pre>
            <Untrusted text={match.json} />
          </pre>
        </details>
      )}
    </section>
  );
}
