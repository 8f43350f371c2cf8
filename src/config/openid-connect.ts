import { type Complain, duration, type Leaf, section, text, texts, word } from "../setting/shape.ts";
import type { Tree } from "../setting/tree.ts";
import { isLoopback } from "../source/origin/address.ts";

/** Keys for signing in to the web UI with OpenID Connect. */
export const openIdConnect = section(
  "Signing in with OpenID Connect, in addition to tokens; requires `public_url` (docs/sign-in.md).",
  {
    issuer: issuerUrl(
      "The provider's issuer, such as `https://login.example.org/realms/main`; enables OpenID Connect. HTTPS is required, except for loopback addresses.",
    ),
    client_id: text("", "The client ID of Eyas at the provider."),
    client_secret: text(
      "",
      "The client secret. Without a secret, Eyas is a public client; PKCE is used in both cases.",
    ),
    client_secret_file: text(
      "",
      "A file with the client secret, instead of `client_secret`. It is read at each sign-in.",
    ),
    name: text(
      "",
      "The name of the provider in the web UI, as in `Sign in with NAME`. Default: the host name of the issuer.",
    ),
    scopes: texts("The scopes to request, in addition to `openid`.", ["profile", "email"]),
    user_claim: text(
      "preferred_username",
      "The claim with the user's name. Users must not be able to choose the name of another user.",
    ),
    roles_claim: text(
      "groups",
      "The claim that determines the role: a string or a list of strings. A name with dots is a path, such as `realm_access.roles`.",
    ),
    roles: section("Values of `roles_claim` that grant a role. Users get the most privileged role.", {
      viewer: texts("Values that grant the role viewer."),
      responder: texts("Values that grant the role responder."),
      admin: texts("Values that grant the role admin."),
    }),
    default_role: word(
      ["none", "viewer", "responder", "admin"],
      "none",
      "The role of users without any of these values; `none`: these users cannot sign in.",
    ),
    session_duration: duration(
      "8h",
      "The lifetime of a session, from 1m to 12h. During this time, changes at the provider have no effect.",
    ),
    ca_cert: text("", "A PEM file with the CA certificates of the provider. Default: the CAs of the system."),
  },
);

/** A key whose value is the URL of an issuer, or an empty string. */
function issuerUrl(about: string): Leaf<string> {
  const read = (tree: Tree, complain: Complain): string | undefined => {
    if (tree.kind !== "scalar") return undefined;
    const given = tree.text.trim();
    if (given === "") return "";
    const url = /^https?:\/\//i.test(given) ? URL.parse(given) : null;
    // The error does not contain the URL, which may contain a password.
    const fix =
      url === null
        ? "must begin with https:// and a host name"
        : url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))
          ? "must begin with https://, because tokens and keys could be read and replaced on the network"
          : url.username + url.password !== ""
            ? "must not contain a user or password; remove them"
            : /[?#]/.test(given)
              ? "must not contain a query (?) or fragment (#); remove it"
              : undefined;
    if (fix === undefined) return given;
    complain(`web_page.oidc.issuer ${fix}, as in https://login.example.org`, tree.place);
    return undefined;
  };
  return { kind: "leaf", takes: "a URL", fallback: "", about, json: { type: "string" }, read };
}
