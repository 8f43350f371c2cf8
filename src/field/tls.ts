import { anyNanoseconds } from "../event/timestamp.ts";
import type { Observed } from "../machine/observed.ts";
import { documentFlag, documentText, firstDocumentText, textOf, textsOf } from "./document-value.ts";
import type { Field } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

/** Reads a time of a certificate. Such times have no zone and are in UTC. */
function time(key: string): (event: Observed) => bigint | undefined {
  const path = ["tls", key];
  return ({ document }) => {
    const text = textOf(walk(document, path));
    return text === undefined ? undefined : anyNanoseconds(text);
  };
}

const notAfter = time("notafter");

const ALPN_PATHS = [
  ["tls", "alpn"],
  ["tls", "client_alpns"],
] as const;

export const tlsFields: readonly Field[] = [
  row("tls.sni", "CHARBUF", documentText("tls", "sni"), "The server name that the client requested (SNI).", {
    ecs: { "tls.client.server_name": "text" },
  }),
  row("tls.version", "CHARBUF", documentText("tls", "version"), 'The version: "TLS 1.2", "TLS 1.3", and so on.'),
  row(
    "tls.subject",
    "CHARBUF",
    documentText("tls", "subject"),
    "The subject of the server's certificate. Hidden in TLS 1.3.",
  ),
  row("tls.issuer", "CHARBUF", documentText("tls", "issuerdn"), "The issuer of the server's certificate."),
  row(
    "tls.serial",
    "CHARBUF",
    documentText("tls", "serial"),
    "The serial number of the certificate: hexadecimal pairs with colons.",
  ),
  row(
    "tls.fingerprint",
    "CHARBUF",
    documentText("tls", "fingerprint"),
    "The SHA-1 fingerprint of the certificate: hexadecimal pairs with colons.",
  ),
  row("tls.not_before", "ABSTIME", time("notbefore"), "Start of validity: nanoseconds since the epoch.", {
    wide: true,
  }),
  row("tls.not_after", "ABSTIME", notAfter, "End of validity: nanoseconds since the epoch.", { wide: true }),
  row(
    "tls.expired",
    "BOOL",
    (event) => {
      const end = notAfter(event);
      return end === undefined ? undefined : end < event.time;
    },
    "True if the certificate had expired at the time of the event.",
  ),
  row(
    "tls.self_signed",
    "BOOL",
    ({ document }) => {
      const subject = textOf(walk(document, SUBJECT));
      return subject === undefined ? undefined : subject === textOf(walk(document, ISSUER));
    },
    "True if issuer and subject of the certificate are the same.",
  ),
  row("tls.resumed", "BOOL", documentFlag("tls", "session_resumed"), "True if an earlier session was resumed."),
  row(
    "tls.ja3",
    "CHARBUF",
    documentText("tls", "ja3", "hash"),
    "The client's fingerprint (JA3), if computed by the IDS.",
  ),
  row("tls.ja3s", "CHARBUF", documentText("tls", "ja3s", "hash"), "The server's fingerprint (JA3S)."),
  row(
    "tls.ja4",
    "CHARBUF",
    firstDocumentText(["tls", "ja4"], ["tls", "ja4", "hash"]),
    "The client's fingerprint (JA4).",
  ),
  row(
    "tls.alpn",
    "CHARBUF",
    ({ document }) => textsOf(walk(document, ALPN_PATHS[0])) ?? textsOf(walk(document, ALPN_PATHS[1])),
    "The application protocols that the client offered.",
    { list: true },
  ),
];

const SUBJECT = ["tls", "subject"];
const ISSUER = ["tls", "issuerdn"];
