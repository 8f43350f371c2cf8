import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface WatchOrigin extends AnyOrigin {
  readonly kind: "watch";
  /**
   * Whether files are watched only under these conditions: `engine.kind` is not `nodriver`, there are rules for the
   * source, the memory limit is large enough, and either the default directories belong to the watched machine or other
   * paths are configured.
   */
  readonly isAutomatic: boolean;
}

export const watchOrigin = describeOrigin<WatchOrigin>({
  kind: "watch",
  schemes: [],
  words: ["watch", "auto"],
  form: "`watch`, which watches files on this machine, or `auto`, which does so only if `engine.kind` is not `nodriver`, rules for the source are loaded, the memory limit is sufficient and, if `HOST_ROOT` is set, `paths` or `removals` is set; only for the source `file_integrity`",
  parse: (_, text) => ({ kind: "watch", text, isAutomatic: text === "auto" }),
  open: async (requests, context) => {
    const { openChanges } = await import("../file-integrity/open.ts");
    return requests.map((request) => openChanges(request, context));
  },
});
