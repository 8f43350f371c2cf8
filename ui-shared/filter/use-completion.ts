import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { type Suggestion, type Suggestions, suggestionsAt } from "./completion.ts";

const NONE: Suggestions = { expected: { kind: "field", field: "", from: 0, written: "" }, suggestions: [] };

/** Completion of the word at the caret of an input. */
export interface CompletionControl {
  readonly suggestions: readonly Suggestion[];
  /** Index of the active suggestion; -1 if no suggestion is active. */
  readonly active: number;
  /** Fetches suggestions for the current text of the input. */
  readonly complete: (text: string) => void;
  /** Replaces the word at the caret and moves the caret after it. @returns the new text */
  readonly accept: (suggestion: Suggestion, text: string) => string;
  /** Moves to the next or previous suggestion, with wrap-around. */
  readonly move: (direction: "next" | "previous") => void;
  readonly close: () => void;
}

export function useCompletion(input: RefObject<HTMLInputElement | null>): CompletionControl {
  const found = useSignal<Suggestions>(NONE);
  const active = useSignal(-1);
  /** Number of the latest request; responses to earlier requests are ignored. */
  const latest = useRef(0);

  const close = (): void => {
    latest.current++;
    found.value = NONE;
    active.value = -1;
  };
  const complete = async (text: string): Promise<void> => {
    const number = ++latest.current;
    const result = await suggestionsAt(text, input.current?.selectionStart ?? text.length);
    if (latest.current !== number || document.activeElement !== input.current) return;
    found.value = result;
    active.value = -1;
  };
  return {
    suggestions: found.value.suggestions,
    active: active.value,
    close,
    complete: (text) => void complete(text),
    accept(suggestion, text) {
      const { from, written } = found.value.expected;
      const before = text.slice(0, from) + suggestion.text;
      const after = text.slice(from + written.length);
      const caret = before.length + 1;
      const next = `${before}${/^[\s)]/.test(after) ? "" : " "}${after}`;
      // Set immediately, not at the next render, so that the caret does not move while the user types.
      if (input.current !== null) {
        input.current.value = next;
        input.current.focus();
        input.current.setSelectionRange(caret, caret);
      }
      close();
      void complete(next);
      return next;
    },
    move(direction) {
      const { length } = found.value.suggestions;
      const step = direction === "next" ? 1 : active.value < 0 ? 0 : -1;
      active.value = (active.value + step + length) % length;
    },
  };
}
