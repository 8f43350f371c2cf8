import type { SmtpKeys } from "./output.ts";

/** What a server answers to a command. */
interface Reply {
  readonly status: number;
}

/** What nodemailer gives to a way of signing in that it doesn't know. */
interface Exchange {
  sendCommand(command: string): Promise<Reply>;
}

/** The server asks for more. */
const CONTINUE = 334;

/** How to sign in, as nodemailer takes it; empty where nobody wants to. */
export function signIn(keys: SmtpKeys): SignIn {
  const first = firstWords(keys);
  if (first === undefined) return {};
  const { method, words, end } = first;
  return {
    auth: { type: "custom", method, user: method, pass: method },
    customAuth: {
      async [method](exchange) {
        const reply = await exchange.sendCommand(`AUTH ${method} ${Buffer.from(words).toString("base64") || "="}`);
        // A server that wants more has not liked what it got; it says so after this.
        const last = reply.status === CONTINUE ? await exchange.sendCommand(end ?? "*") : reply;
        if (last.status < 200 || last.status >= 300) throw new Error("not let in");
      },
    },
  };
}

export interface SignIn {
  readonly auth?: { readonly type: "custom"; readonly method: string; readonly user: string; readonly pass: string };
  readonly customAuth?: Readonly<Record<string, (exchange: Exchange) => Promise<void>>>;
}

/** What nobody may read who reads what a server answers: it may repeat what it was told. */
export function secretsOf(keys: SmtpKeys): readonly string[] {
  const { password, token } = keys;
  const said = [password, token, firstWords(keys)?.words ?? ""];
  return said.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
}

/** What the client says first, in each mechanism of SASL (RFC 4616, 7628, 4422, 4505). */
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
