import type { ComponentChildren, JSX } from "preact";

interface StepProps {
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ComponentChildren;
}

/** A step with a mark when it is done. */
export function Step({ title, isDone, children }: StepProps): JSX.Element {
  return (
    <li class={isDone ? "step done" : "step"}>
      <h3>
        {title}
        {isDone && (
          <span class="good">
            {" "}
            <span aria-hidden="true">✓</span>
            <span class="visually-hidden">done</span>
          </span>
        )}
      </h3>
      {children}
    </li>
  );
}
