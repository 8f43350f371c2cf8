import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { parameters } from "../page/router.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { phrasesIn } from "./searched.ts";

const phrases = computed(() => phrasesIn(parameters.value));

interface FoundProps {
  readonly text: string;
  /** Text shown if `text` is empty. */
  readonly empty?: string;
}

/** Untrusted text in which the words of the query are highlighted. */
export function Found({ text, empty }: FoundProps): JSX.Element {
  return <Untrusted text={text} phrases={phrases.value} {...(empty !== undefined && { empty })} />;
}
