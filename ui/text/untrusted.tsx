import type { JSX } from "preact";
import { pieces } from "./visible.ts";

interface UntrustedProps {
  readonly text: string;
  /** Put where the text is empty. */
  readonly empty?: string;
}

/**
 * A text that came from outside: always a text node, its direction kept to itself, and what can't be seen made visible.
 * Everything that stems from an alert, a rule or a user is shown through this.
 */
export function Untrusted({ text, empty }: UntrustedProps): JSX.Element {
  if (text === "" && empty !== undefined) return <span class="quiet">{empty}</span>;
  const parts = pieces(text);
  if (parts.every(({ escaped }) => !escaped)) return <bdi>{text}</bdi>;
  return <bdi>{parts.map((part) => (part.escaped ? <span class="escaped">{part.text}</span> : part.text))}</bdi>;
}
