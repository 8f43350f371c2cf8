import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface AnswerPanelProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** A panel that answers a question about the alerts. */
export function AnswerPanel({ title, children }: AnswerPanelProps): JSX.Element {
  const heading = useId();
  return (
    <section class="panel answer" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}
