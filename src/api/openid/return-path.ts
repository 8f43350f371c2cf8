import { PAGES } from "../assets.ts";

/** Maximum length of the URL to which a user returns, in characters. Limited because a cookie contains the URL. */
const MAX_RETURN = 1024;

/** Path and query of a view of the page; `/` for any other text, so that users never return to another site. */
export function returnPath(to: string): string {
  const url = to.length <= MAX_RETURN && to.startsWith("/") ? URL.parse(to, "http://here") : null;
  return url?.origin === "http://here" && PAGES.test(url.pathname) ? url.pathname + url.search : "/";
}
