import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { ActionRequest, Parameter } from "../action.ts";
import { flagIn, flagParameter, textIn, textParameter } from "../parameters.ts";
import { Trouble } from "./trouble.ts";

/** Parameters of every action that speaks to a server: how it is known, and how we are known to it. */
export const tlsParameters: Readonly<Record<string, Parameter>> = {
  ca_cert: textParameter("File of the authority to trust, instead of the system's."),
  client_cert: textParameter("File of a certificate of our own to show."),
  client_key: textParameter("File of its key."),
  checkcert: flagParameter("Whether the server's certificate has to be a good one.", true),
};

/** How a server is known, and how we are known to it: files, "" for none. */
export interface TlsFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly check: boolean;
}

export const systemTls: TlsFiles = { authority: "", certificate: "", key: "", check: true };

/** What {@link tlsParameters} were given. */
export function tlsIn(given: ActionRequest["parameters"]): TlsFiles {
  return {
    authority: textIn(given, "ca_cert"),
    certificate: textIn(given, "client_cert"),
    key: textIn(given, "client_key"),
    check: given.checkcert === undefined || flagIn(given, "checkcert"),
  };
}

/** By what is in the files, so that renewed ones count from the next request on; making one costs milliseconds. */
const contexts = new Map<string, SecureContext>();
const MOST_CONTEXTS = 16;

/** @throws Trouble where a file can't be read, or is no certificate or key */
export function secureContext({ authority, certificate, key }: TlsFiles): SecureContext {
  const [ca, cert, secret] = [authority, certificate, key].map(read);
  const name = hash("sha256", JSON.stringify([ca, cert, secret]));
  const known = contexts.get(name);
  if (known !== undefined) return known;
  try {
    const context = createSecureContext({
      ca: ca ?? [...getCACertificates("bundled"), ...getCACertificates("system")],
      ...(cert !== undefined && { cert }),
      ...(secret !== undefined && { key: secret }),
      minVersion: "TLSv1.2",
    });
    if (contexts.size >= MOST_CONTEXTS) contexts.clear();
    contexts.set(name, context);
    return context;
  } catch {
    const files = [authority, certificate, key].filter((file) => file !== "");
    throw new Trouble(`certificates can't be used: ${files.join(", ")}`);
  }
}

function read(file: string): string | undefined {
  if (file === "") return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Trouble(`${file} can't be read`);
  }
}
