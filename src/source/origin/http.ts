import { requiresAuthentication } from "../../server/authentication.ts";
import { number, size, text } from "../../setting/shape.ts";
import { parseListenAddress } from "./address.ts";
import { certificateKeys } from "./certificate-keys.ts";
import { type AnyOrigin, describeOrigin } from "./descriptor.ts";
import { requireTokenKey } from "./require-token.ts";

export interface HttpOrigin extends AnyOrigin {
  readonly kind: "http";
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export const httpKeys = {
  max_body: size("12MiB", "Maximum size of an HTTP request. Larger requests are rejected."),
  max_rate: number(0, "Maximum number of HTTP requests per second per client; 0: unlimited.", [0, 1_000_000]),
  token: text("", "Token required in HTTP requests: `Authorization: Bearer …`."),
  token_file: text("", "A file with the token, instead of `token`."),
  ...requireTokenKey,
  ...certificateKeys,
};

export const httpOrigin = describeOrigin<HttpOrigin, typeof httpKeys>({
  kind: "http",
  schemes: ["http", "https"],
  form: "`http://127.0.0.1:9765/path` or `https://…`, a listener",
  keys: httpKeys,
  parse(rest, text, scheme) {
    const tls = scheme === "https";
    const found = /^\/\/([^/?#]*)(\/[^?#\s]*)?$/.exec(rest);
    if (found === null)
      return {
        wrong:
          "the form is http://ADDRESS:PORT/PATH, such as http://127.0.0.1:9765/k8s-audit, without query or fragment",
      };
    const address = parseListenAddress(found[1] ?? "", tls ? 443 : 80);
    return "wrong" in address ? address : { kind: "http", tls, ...address, path: found[2] ?? "/", text };
  },
  missingAuthentication: (_, settings) => (requiresAuthentication(settings) ? undefined : "token"),
  open: async (requests) => (await import("../http/open.ts")).openHttpFeeds(requests),
});
