import type { Complain, Leaf } from "../setting/shape.ts";
import type { Tree } from "../setting/tree.ts";

/**
 * Matches host names and addresses. URL parsers accept more characters, such as quotes, which are markup in messages.
 */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/;

/**
 * A key whose value is the URL of a server without a path, or an empty string. A trailing slash is removed.
 * @param key full name of the key, for error messages
 */
export function publicUrl(key: string, about: string): Leaf<string> {
  const read = (tree: Tree, complain: Complain): string | undefined => {
    if (tree.kind !== "scalar") return undefined;
    const given = tree.text.trim();
    if (given === "") return "";
    const parsed = /^https?:\/\//i.test(given) ? URL.parse(given) : null;
    const url = parsed !== null && HOST.test(parsed.hostname) ? parsed : null;
    // The error does not contain the URL, which may contain a password.
    const fix =
      url === null
        ? "must begin with http:// or https:// and a host name"
        : url.username + url.password !== ""
          ? "must not contain a user or password; remove them"
          : /[?#]/.test(given)
            ? "must not contain a query (?) or fragment (#); remove it"
            : url.pathname !== "/"
              ? "must not contain a path, because the web UI uses the root path; remove it"
              : undefined;
    if (url !== null && fix === undefined) return url.origin;
    complain(`${key} ${fix}, as in https://eyas.example.org`, tree.place);
    return undefined;
  };
  return { kind: "leaf", takes: "a URL", fallback: "", about, json: { type: "string" }, read };
}
