import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { mistakeOf, serverMistake } from "./check.ts";
import { coloredParts } from "./colored.ts";
import { SuggestionList } from "./suggestion-list.tsx";
import { type CompletionControl, useCompletion } from "./use-completion.ts";

interface QueryInputProps {
  readonly query: string;
  /** Called with a valid query. */
  readonly apply: (query: string) => void;
  /** Error message of the server for the query. */
  readonly error?: string | undefined;
}

/** Input for words and conditions in the query language, with completion, colors and underlined errors. */
export function QueryInput({ query, apply, error }: QueryInputProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const colored = useRef<HTMLDivElement>(null);
  const underline = useRef<HTMLDivElement>(null);
  const text = useSignal(query);
  const completion = useCompletion(input);
  const { suggestions, active, close, complete } = completion;
  const mistake = mistakeOf(text.value);
  // Errors are hidden while suggestions are shown, because the word at the caret may be incomplete.
  const rejected = error !== undefined && text.value === query ? serverMistake(error, query) : undefined;
  const shown = suggestions.length > 0 ? undefined : (mistake ?? rejected);
  const message = shown?.message;

  useEffect(() => {
    text.value = query;
  }, [query, text]);

  const submit = (): void => {
    close();
    if (mistakeOf(text.value) === undefined) apply(text.value.trim());
  };
  const accept: typeof completion.accept = (suggestion, written) => {
    text.value = completion.accept(suggestion, written);
    return text.value;
  };

  return (
    <div class="query">
      <div class="query-field">
        <div class="query-box">
          <div class="query-text" ref={colored} aria-hidden="true">
            {coloredParts(text.value).map(({ kind, text }, i) => (
              <span key={i} class={kind && `token-${kind}`}>
                {text}
              </span>
            ))}
          </div>
          <div class="query-underline" ref={underline} aria-hidden="true">
            {shown !== undefined && (
              <>
                {text.value.slice(0, shown.start)}
                <span class="mistaken">{text.value.slice(shown.start, shown.end)}</span>
              </>
            )}
          </div>
          <input
            ref={input}
            data-query
            type="text"
            role="combobox"
            aria-label="Query"
            aria-expanded={suggestions.length > 0}
            aria-controls={`${id}-suggestions`}
            aria-autocomplete="list"
            aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
            aria-invalid={message !== undefined}
            aria-describedby={`${id}-mistake`}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="Words or conditions: shadow proc.name = bash"
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
              complete(text.value);
            }}
            onKeyDown={(event) => onKeyDown(event, { ...completion, accept }, submit)}
            onScroll={({ currentTarget }) => {
              for (const { current } of [colored, underline])
                if (current !== null) current.scrollLeft = currentTarget.scrollLeft;
            }}
            onBlur={close}
          />
        </div>
        {text.value !== query && (
          <button type="button" class="primary" onClick={submit} disabled={mistake !== undefined}>
            Search
          </button>
        )}
        {text.value !== "" && text.value === query && (
          <button
            type="button"
            class="plain"
            aria-label="Clear query"
            onClick={() => {
              text.value = "";
              apply("");
            }}
          >
            ✕
          </button>
        )}
      </div>
      <p id={`${id}-mistake`} class="mistake" role="status">
        {message}
      </p>
      <SuggestionList {...{ id, suggestions, active }} accept={(suggestion) => accept(suggestion, text.value)} />
    </div>
  );
}

function onKeyDown(
  event: KeyboardEvent & { readonly currentTarget: HTMLInputElement },
  { suggestions, active, complete, accept, move, close }: CompletionControl,
  submit: () => void,
): void {
  const { currentTarget: input, key } = event;
  const suggestion = suggestions[active];
  if (key === "Enter" || (key === "Tab" && suggestion !== undefined)) {
    event.preventDefault();
    if (suggestion === undefined) submit();
    else accept(suggestion, input.value);
  } else if (key === "Escape") {
    if (suggestions.length > 0) close();
    else input.blur();
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    if (suggestions.length === 0) complete(input.value);
    else move(key === "ArrowDown" ? "next" : "previous");
  } else if (key === " " && event.ctrlKey) {
    event.preventDefault();
    complete(input.value);
  }
}
