import type { SmtpKeys } from "./output.ts";

/** A server's reply to a command. */
interface Reply {
  readonly status: number;
}

/** Argument of nodemailer's custom authentication handlers. */
interface Exchange {
  sendCommand(command: string): Promise<Reply>;
}

/** Status of a server that expects another line (RFC 4954). */
const CONTINUE = 334;

/** Authentication options for nodemailer; empty without credentials. */
export function signIn(keys: SmtpKeys): SignIn {
  const first = firstWords(keys);
  if (first === undefined) return {};
  const { method, words, end } = first;
  return {
    auth: { type: "custom", method, user: method, pass: method },
    customAuth: {
      async [method](exchange) {
        const reply = await exchange.sendCommand(`AUTH ${method} ${Buffer.from(words).toString("base64") || "="}`);
        // a server that continues here has rejected the credentials, and reports the error after this line
        const last = reply.status === CONTINUE ? await exchange.sendCommand(end ?? "*") : reply;
        if (last.status < 200 || last.status >= 300) throw new Error("authentication failed");
      },
    },
  };
}

export interface SignIn {
  readonly auth?: { readonly type: "custom"; readonly method: string; readonly user: string; readonly pass: string };
  readonly customAuth?: Readonly<Record<string, (exchange: Exchange) => Promise<void>>>;
}

/** Strings to remove from server responses, which may echo requests. */
export function secretsOf(keys: SmtpKeys): readonly string[] {
  const { password, token } = keys;
  const said = [password, token, firstWords(keys)?.words ?? ""];
  return said.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
}

/** Initial response of the SASL mechanism (RFC 4616, 7628, 4422, 4505); undefined without authentication. */
function firstWords(keys: SmtpKeys): { method: string; words: string; end?: string } | undefined {
  const { authmechanism, user, password, token, identity, trace } = keys;
  switch (authmechanism) {
    case "plain":
      return user === "" ? undefined : { method: "PLAIN", words: `${identity}\0${user}\0${password}` };
    case "oauthbearer":
      return {
        method: "OAUTHBEARER",
        words: `n,${user === "" ? "" : `a=${saslName(user)}`},\x01auth=Bearer ${token}\x01\x01`,
        end: "AQ==",
      };
    case "external":
      return { method: "EXTERNAL", words: identity };
    case "anonymous":
      return { method: "ANONYMOUS", words: trace };
    case "none":
      return undefined;
  }
}

function saslName(user: string): string {
  return user.replaceAll("=", "=3D").replaceAll(",", "=2C");
}
