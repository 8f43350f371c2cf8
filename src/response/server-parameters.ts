import { isWebAddress } from "../transport/http/url.ts";
import { readSecret } from "../transport/text.ts";
import type { TlsFiles } from "../transport/tls.ts";
import type { ActionRequest, Parameter } from "./action.ts";
import { flagIn, flagParameter, textIn, textParameter } from "./parameters.ts";

// Parameters of actions that send requests to a server: URL, TLS, secrets.

/** Creates a parameter for an http or https URL without credentials, because URLs appear in messages. */
export function addressParameter(about: string, options: { fallback?: string; required?: true } = {}): Parameter {
  return {
    about,
    takes: "a URL (https://… or http://…) without credentials",
    ...options,
    check: (value) => (typeof value === "string" && isWebAddress(value) ? value : undefined),
  };
}

export const tlsParameters: Readonly<Record<string, Parameter>> = {
  ca_cert: textParameter("File with the CA certificate to trust, instead of the system's."),
  client_cert: textParameter("File with a client certificate."),
  client_key: textParameter("File with the key of the client certificate."),
  checkcert: flagParameter("Verify the server's certificate.", true),
};

/** Returns the values of {@link tlsParameters}. */
export function tlsIn(given: ActionRequest["parameters"]): TlsFiles {
  return {
    authority: textIn(given, "ca_cert"),
    certificate: textIn(given, "client_cert"),
    key: textIn(given, "client_key"),
    check: given.checkcert === undefined || flagIn(given, "checkcert"),
  };
}

/**
 * Creates two parameters for a secret: `name` is the value, in which `${NAME}` is expanded; `name_file` is a file that
 * contains the secret.
 */
export function secretParameters<const N extends string>(
  name: N,
  about: string,
): Readonly<Record<N | `${N}_file`, Parameter>> {
  const both = {
    [name]: { ...textParameter(about), secret: true },
    [`${name}_file`]: textParameter(`A file that contains \`${name}\`. The file is read at each run of the action.`),
  };
  // Both keys are set above.
  return both as Record<N | `${N}_file`, Parameter>;
}

/**
 * Returns the secret from the parameters that {@link secretParameters} creates; empty if neither is set. The file is
 * read on each call, so that the secret can be rotated.
 * @throws TransportError if the file cannot be read or is empty
 */
export function secretIn(given: ActionRequest["parameters"], name: string): string {
  const file = textIn(given, `${name}_file`);
  return file === "" ? textIn(given, name) : readSecret(file);
}
