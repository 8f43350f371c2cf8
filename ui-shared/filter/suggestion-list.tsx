import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Untrusted } from "../text/untrusted.tsx";
import type { Suggestion } from "./completion.ts";

interface SuggestionListProps {
  /** Prefix of the element IDs to which the combobox refers. */
  readonly id: string;
  readonly suggestions: readonly Suggestion[];
  /** Index of the active suggestion; -1 if no suggestion is active. */
  readonly active: number;
  readonly accept: (suggestion: Suggestion) => void;
}

/** Listbox for the query combobox. */
export function SuggestionList({ id, suggestions, active, accept }: SuggestionListProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active >= 0) list.current?.children[active]?.scrollIntoView({ block: "nearest" });
    else list.current?.scrollTo({ top: 0 });
  }, [active, suggestions]);
  return (
    <div
      ref={list}
      id={`${id}-suggestions`}
      role="listbox"
      aria-label="Suggestions"
      class="suggestions"
      hidden={suggestions.length === 0}
    >
      {suggestions.map((suggestion, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input, which refers to the active one
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles keys
        <div
          key={suggestion.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => accept(suggestion)}
        >
          <span class="mono">
            <Untrusted text={suggestion.text} />
          </span>
          <span class="muted">{suggestion.about}</span>
        </div>
      ))}
    </div>
  );
}
