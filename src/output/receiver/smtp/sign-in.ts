import type { SmtpKeys } from "./output.ts";

/** Answer of a server to a command. */
interface Reply {
  readonly status: number;
}

/** The argument of a custom authentication handler of nodemailer. */
interface Exchange {
  sendCommand(command: string): Promise<Reply>;
}

/** The server expects another line (RFC 4954). */
const CONTINUE = 334;

/** Authentication options of nodemailer; empty without credentials. */
export function signIn(keys: SmtpKeys): SignIn {
  const first = firstWords(keys);
  if (first === undefined) return {};
  const { method, words, end } = first;
  return {
    auth: { type: "custom", method, user: method, pass: method },
    customAuth: {
      async [method](exchange) {
        const reply = await exchange.sendCommand(`AUTH ${method} ${Buffer.from(words).toString("base64") || "="}`);
        // a server that expects more rejected the credentials and reports the error after this
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

/** Texts to hide in responses of the server, which may repeat requests. */
export function secretsOf(keys: SmtpKeys): readonly string[] {
  const { password, token } = keys;
  const said = [password, token, firstWords(keys)?.words ?? ""];
  return said.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
}

/** The initial response of each SASL mechanism (RFC 4616, 7628, 4422, 4505). */
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
