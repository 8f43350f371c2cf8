import { NO_PATH, parsePath } from "./address.ts";
import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface UnixOrigin extends AnyOrigin {
  readonly kind: "unix";
  readonly datagrams: boolean;
  readonly path: string;
}

export const unixOrigin = describeOrigin<UnixOrigin>({
  kind: "unix",
  schemes: ["unix", "unix-dgram"],
  form: "`unix:/run/eve.sock`, a socket that receives lines; `unix-dgram:/run/eve.sock`, a socket that receives datagrams",
  parse(rest, text, scheme) {
    const path = parsePath(rest);
    return path === undefined ? NO_PATH : { kind: "unix", datagrams: scheme === "unix-dgram", path, text };
  },
  open: async (requests) => (await import("../unix/open.ts")).openUnixFeeds(requests),
});
