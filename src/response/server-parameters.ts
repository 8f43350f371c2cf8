import { isWebAddress } from "../transport/http/url.ts";
import { readSecret } from "../transport/text.ts";
import type { TlsFiles } from "../transport/tls.ts";
import type { ActionRequest, Parameter } from "./action.ts";
import { flagIn, flagParameter, textIn, textParameter } from "./parameters.ts";

// Parameters of actions that send requests to a server: its address, TLS, secrets.

/** An https or http address. It has no user or password in it: addresses are shown. */
export function addressParameter(about: string, options: { fallback?: string; required?: true } = {}): Parameter {
  return {
    about,
    takes: "a web address (https://… or http://…) without a user in it",
    ...options,
    check: (value) => (typeof value === "string" && isWebAddress(value) ? value : undefined),
  };
}

export const tlsParameters: Readonly<Record<string, Parameter>> = {
  ca_cert: textParameter("File of the authority to trust, instead of the system's."),
  client_cert: textParameter("File of a certificate of our own to show."),
  client_key: textParameter("File of its key."),
  checkcert: flagParameter("Whether the server's certificate has to be a good one.", true),
};

/** The values of {@link tlsParameters}. */
export function tlsIn(given: ActionRequest["parameters"]): TlsFiles {
  return {
    authority: textIn(given, "ca_cert"),
    certificate: textIn(given, "client_cert"),
    key: textIn(given, "client_key"),
    check: given.checkcert === undefined || flagIn(given, "checkcert"),
  };
}

/**
 * The two parameters of a secret: `name` holds it, `name_file` is the path of a file that does. `${NAME}` in the first is the
 * environment's.
 */
export function secretParameters<const N extends string>(
  name: N,
  about: string,
): Readonly<Record<N | `${N}_file`, Parameter>> {
  const both = {
    [name]: { ...textParameter(about), secret: true },
    [`${name}_file`]: textParameter(`A file that holds it, in place of \`${name}\`. It is read each time.`),
  };
  // Both names are there: the keys are written above.
  return both as Record<N | `${N}_file`, Parameter>;
}

/**
 * The value of {@link secretParameters}, "" for none. A file is read at each call, so a renewed one counts.
 * @throws TransportError where the file cannot be read, or is empty
 */
export function secretIn(given: ActionRequest["parameters"], name: string): string {
  const file = textIn(given, `${name}_file`);
  return file === "" ? textIn(given, name) : readSecret(file);
}
