/** A parsed email: headers by name in lower case, and part texts by content type. */
export interface ReadMail {
  readonly headers: ReadonlyMap<string, string>;
  readonly parts: ReadonlyMap<string, string>;
}

/**
 * Parses an email.
 * @throws Error if a header is repeated
 */
export function readMail(raw: string): ReadMail {
  const [head, body] = halves(raw);
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers.get("content-type") ?? "")?.[1];
  const sections = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const parts = sections.map((section): readonly [string, string] => {
    const [own, text] = halves(section.replace(/^\r\n/, ""));
    const about = headersOf(own);
    const encoding = about.get("content-transfer-encoding");
    return [(about.get("content-type") ?? "").split(";")[0] ?? "", decode(text, encoding)];
  });
  return { headers, parts: new Map(parts) };
}

function halves(text: string): readonly [string, string] {
  const at = text.indexOf("\r\n\r\n");
  return [text.slice(0, at), text.slice(at + 4)];
}

function headersOf(head: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || headers.has(name)) throw new Error(`invalid header: ${line}`);
    headers.set(name, words(line.slice(colon + 1).trim()));
  }
  return headers;
}

/** Decodes a header value (RFC 2047). */
function words(value: string): string {
  const joined = value.replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    decode(text.replaceAll("_", " "), kind.toUpperCase() === "B" ? "base64" : "quoted-printable"),
  );
}

function decode(text: string, encoding: string | undefined): string {
  if (encoding === "base64") return Buffer.from(text, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return text;
  const bytes = text
    .replace(/=\r\n/g, "")
    .replace(/=([\dA-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
