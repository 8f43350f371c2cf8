import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Untrusted } from "../text/untrusted.tsx";
import { mistakeOf } from "./check.ts";
import { type Suggestion, type Suggestions, suggestionsAt } from "./completion.ts";

interface QueryInputProps {
  readonly query: string;
  /** Called with a query that has no mistake. */
  readonly apply: (query: string) => void;
  /** What the server had against the query. */
  readonly error?: string | undefined;
}

const NONE: Suggestions = { expected: { kind: "field", field: "", from: 0, written: "" }, suggestions: [] };

/** The query in the condition language: completes, and underlines a mistake where it is. */
export function QueryInput({ query, apply, error }: QueryInputProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const ink = useRef<HTMLDivElement>(null);
  const text = useSignal(query);
  const offers = useSignal<Suggestions>(NONE);
  const at = useSignal(-1);
  /** Counts what was asked for, so that a late answer to an earlier question is dropped. */
  const question = useRef(0);
  const mistake = mistakeOf(text.value);
  // While a word is being completed, what is missing behind it is no mistake yet.
  const shown = offers.value.suggestions.length > 0 ? undefined : mistake;
  const message = shown?.message ?? (text.value === query ? error : undefined);

  useEffect(() => {
    text.value = query;
  }, [query, text]);

  const close = (): void => {
    question.current++;
    offers.value = NONE;
    at.value = -1;
  };
  const complete = async (): Promise<void> => {
    const asked = text.value;
    const number = ++question.current;
    const found = await suggestionsAt(asked, input.current?.selectionStart ?? asked.length);
    if (question.current !== number || document.activeElement !== input.current) return;
    offers.value = found;
    at.value = -1;
  };
  const accept = (offer: Suggestion): void => {
    const { from, written } = offers.value.expected;
    const before = text.value.slice(0, from) + offer.text;
    const after = text.value.slice(from + written.length);
    const caret = before.length + 1;
    const next = `${before}${/^[\s)]/.test(after) ? "" : " "}${after}`;
    // At once, not with the next drawing: whoever types on is not to find the caret elsewhere.
    if (input.current !== null) {
      input.current.value = next;
      input.current.focus();
      input.current.setSelectionRange(caret, caret);
    }
    text.value = next;
    close();
    void complete();
  };
  const submit = (): void => {
    close();
    if (mistakeOf(text.value) === undefined) apply(text.value.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { length } = offers.value.suggestions;
    const chosen = offers.value.suggestions[at.value];
    if (event.key === "Enter" || (event.key === "Tab" && chosen !== undefined)) {
      event.preventDefault();
      if (chosen === undefined) submit();
      else accept(chosen);
    } else if (event.key === "Escape") {
      if (length > 0) close();
      else input.current?.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (length === 0) void complete();
      else at.value = (at.value + (event.key === "ArrowDown" ? 1 : at.value < 0 ? 0 : -1) + length) % length;
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      void complete();
    }
  };

  return (
    <div class="query">
      <div class="query-field">
        <div class="query-box">
          <div class="query-ink" ref={ink} aria-hidden="true">
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
            aria-expanded={offers.value.suggestions.length > 0}
            aria-controls={`${id}-offers`}
            aria-autocomplete="list"
            aria-activedescendant={at.value < 0 ? undefined : `${id}-${at.value}`}
            aria-invalid={message !== undefined}
            aria-describedby={`${id}-mistake`}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="priority >= warning and proc.name = bash"
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
              void complete();
            }}
            onKeyDown={onKeyDown}
            onScroll={(event) => {
              if (ink.current !== null) ink.current.scrollLeft = event.currentTarget.scrollLeft;
            }}
            onBlur={close}
          />
        </div>
        {text.value !== query && (
          <button type="button" class="primary" onClick={submit} disabled={mistake !== undefined}>
            Ask
          </button>
        )}
        {text.value !== "" && text.value === query && (
          <button
            type="button"
            class="plain"
            aria-label="Clear the query"
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
      <OfferList id={id} offers={offers.value.suggestions} at={at.value} accept={accept} />
    </div>
  );
}

interface OfferListProps {
  readonly id: string;
  readonly offers: readonly Suggestion[];
  readonly at: number;
  readonly accept: (offer: Suggestion) => void;
}

function OfferList({ id, offers, at, accept }: OfferListProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (at >= 0) list.current?.children[at]?.scrollIntoView({ block: "nearest" });
    else list.current?.scrollTo({ top: 0 });
  }, [at, offers]);
  return (
    <div
      ref={list}
      id={`${id}-offers`}
      role="listbox"
      aria-label="Completions"
      class="offers"
      hidden={offers.length === 0}
    >
      {offers.map((offer, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input, which names the active one
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the input
        <div
          key={offer.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => accept(offer)}
        >
          <span class="mono">
            <Untrusted text={offer.text} />
          </span>
          <span class="quiet">{offer.about}</span>
        </div>
      ))}
    </div>
  );
}
