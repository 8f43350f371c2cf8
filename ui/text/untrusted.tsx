import type { JSX } from "preact";
import { pieces } from "./visible.ts";

interface UntrustedProps {
  readonly text: string;
  /** Text shown if `text` is empty. */
  readonly empty?: string;
}

/**
 * Shows untrusted text as a text node, isolated in writing direction, with invisible characters escaped. All text from
 * alerts, rules and users is shown with this component.
 */
export function Untrusted({ text, empty }: UntrustedProps): JSX.Element {
  if (text === "" && empty !== undefined) return <span class="muted">{empty}</span>;
  const parts = pieces(text);
  if (parts.every(({ escaped }) => !escaped)) return <bdi>{text}</bdi>;
  return <bdi>{parts.map((part) => (part.escaped ? <span class="escaped">{part.text}</span> : part.text))}</bdi>;
}
