import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface StdinOrigin extends AnyOrigin {
  readonly kind: "stdin";
}

export const stdinOrigin = describeOrigin<StdinOrigin>({
  kind: "stdin",
  schemes: [],
  words: ["-", "stdin"],
  form: "`stdin`, standard input (`-` on the command line)",
  parse: () => ({ kind: "stdin", text: "stdin" }),
  open: async (requests) => (await import("../stream/stdin.ts")).openStdinFeeds(requests),
});
