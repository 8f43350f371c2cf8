/** A space without width. */
const BREAK = "\u200b";

/**
 * A text in which chat programs find no mention, link or image: a space without width breaks what introduces them
 * (`@`, `<`, `{`, `](`, `][`, `]:`). Their escapes differ, and some have none.
 */
export function inert(text: string): string {
  return text.replace(/[@<{]|\](?=[([:])/g, (mark) => mark + BREAK);
}
