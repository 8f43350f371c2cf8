import { withPort } from "./address.ts";
import { broker } from "./broker-keys.ts";
import { type AnyOrigin, describeOrigin } from "./descriptor.ts";

export interface NatsOrigin extends AnyOrigin {
  readonly kind: "nats";
  /** Address of the server, `host:port`. */
  readonly server: string;
  readonly subject: string;
}

const keys = { broker };

export const natsOrigin = describeOrigin<NatsOrigin, typeof keys>({
  kind: "nats",
  schemes: ["nats"],
  form: "`nats://server:4222/subject`",
  keys,
  parse(rest, text) {
    const found = /^\/\/([^/?#@\s]+)\/([^/?#\s]+)$/.exec(rest);
    if (found === null) return { wrong: "it requires a server and a subject, like nats://127.0.0.1:4222/events.>" };
    const [, host = "", subject = ""] = found;
    return { kind: "nats", server: withPort(host, 4222), subject, text };
  },
  open: async (requests, context) => (await import("../nats/open.ts")).openNatsFeeds(requests, context),
});
