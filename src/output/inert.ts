/** Zero-width space. */
const BREAK = "\u200b";

/**
 * Disables mentions, links and images in chat messages by adding a zero-width space to the characters that start them
 * (`@`, `<`, `{`, `](`, `][`, `]:`). Escaping is not portable across chat programs.
 */
export function inert(text: string): string {
  return text.replace(/[@<{]|\](?=[([:])/g, (mark) => mark + BREAK);
}
