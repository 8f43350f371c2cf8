import { NO_PATH, parsePath } from "./address.ts";
import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface FileOrigin extends AnyOrigin {
  readonly kind: "file";
  /** Path of a file or directory, or a pattern. */
  readonly path: string;
}

export const fileOrigin = describeOrigin<FileOrigin>({
  kind: "file",
  schemes: ["file"],
  form: "a path (a file, a directory, or a pattern such as `/var/log/*.json`) to follow",
  parse(rest, text) {
    const path = parsePath(rest);
    return path === undefined ? NO_PATH : { kind: "file", path, text };
  },
  open: async (requests, context) => (await import("../tail/open-feeds.ts")).openFileFeeds(requests, context),
});
