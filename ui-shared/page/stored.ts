/** Maximum length of a value that the page keeps in the browser, in characters. */
const MAX_LENGTH = 100_000;

/**
 * Returns a text that the page keeps in this browser; undefined if there is none, if it is too long, or if the browser
 * stores nothing. The caller validates it: extensions and earlier versions of the page may have written it.
 */
export function readStored(key: string): string | undefined {
  try {
    const text = localStorage.getItem(key) ?? undefined;
    return text !== undefined && text.length <= MAX_LENGTH ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a text in this browser; undefined removes it.
 * @returns false if the text is too long or the browser stores nothing; the page then works until it is closed
 */
export function writeStored(key: string, text: string | undefined): boolean {
  if (text !== undefined && text.length > MAX_LENGTH) return false;
  try {
    if (text === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
