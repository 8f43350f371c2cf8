import type { JSX } from "preact";
import { pieces } from "./visible.ts";

interface UntrustedProps {
  readonly text: string;
  /** Shown if the text is empty. */
  readonly empty?: string;
}

/**
 * Untrusted text: a text node, isolated in writing direction, with invisible characters escaped. Everything from alerts,
 * rules and users is shown through this.
 */
export function Untrusted({ text, empty }: UntrustedProps): JSX.Element {
  if (text === "" && empty !== undefined) return <span class="muted">{empty}</span>;
  const parts = pieces(text);
  if (parts.every(({ escaped }) => !escaped)) return <bdi>{text}</bdi>;
  return <bdi>{parts.map((part) => (part.escaped ? <span class="escaped">{part.text}</span> : part.text))}</bdi>;
}
