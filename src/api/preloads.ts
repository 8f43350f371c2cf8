import { readFileSync } from "node:fs";
import { join } from "node:path";

/** File in the directory of the built page with the scripts of each view, written by `scripts/build-ui.ts`. */
export const PRELOADS = "preloads.json";

/** Scripts that a view loads in addition to those of the first load. */
export interface ViewScripts {
  /** Source of the regular expression that matches the URLs of the view. */
  readonly pattern: string;
  /** Paths in the page, such as `assets/page-Bx2.js`. */
  readonly scripts: readonly string[];
}

/**
 * Returns a function that returns the value of the header `link` for the URL of a view, or undefined. With it, a browser
 * requests the scripts of the view together with those of the page, instead of after them.
 * @param folder directory of the built page
 */
export function readPreloads(folder: string): (path: string) => string | undefined {
  const views = viewsIn(folder).map(({ pattern, scripts }) => ({
    pattern: new RegExp(pattern),
    link: scripts.map((script) => `</${script}>; rel=modulepreload`).join(", "),
  }));
  return (path) => views.find(({ pattern }) => pattern.test(path))?.link || undefined;
}

function viewsIn(folder: string): readonly ViewScripts[] {
  try {
    return JSON.parse(readFileSync(join(folder, PRELOADS), "utf8"));
  } catch {
    return []; // The page works without it.
  }
}
