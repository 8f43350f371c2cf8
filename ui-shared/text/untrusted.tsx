import type { ComponentChildren, JSX } from "preact";
import type { WordsTest } from "../../src/query/ast.ts";
import { highlightedParts } from "./highlight.ts";
import { pieces } from "./visible.ts";

interface UntrustedProps {
  readonly text: string;
  /** Text shown if `text` is empty. */
  readonly empty?: string;
  /** Phrases to highlight. */
  readonly phrases?: readonly WordsTest[];
}

/**
 * Shows untrusted text as a text node, isolated in writing direction, with invisible characters escaped. All text from
 * alerts, rules and users is shown with this component.
 */
export function Untrusted({ text, empty, phrases = [] }: UntrustedProps): JSX.Element {
  if (text === "" && empty !== undefined) return <span class="muted">{empty}</span>;
  if (phrases.length === 0) return <bdi>{escaped(text)}</bdi>;
  return (
    <bdi>
      {highlightedParts(text, phrases).map((part, index) =>
        part.found ? <mark key={index}>{escaped(part.text)}</mark> : escaped(part.text),
      )}
    </bdi>
  );
}

function escaped(text: string): ComponentChildren {
  const parts = pieces(text);
  if (parts.every((part) => !part.escaped)) return text;
  return parts.map((part) => (part.escaped ? <span class="escaped">{part.text}</span> : part.text));
}
