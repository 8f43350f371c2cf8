/** The server that gets the templates. */
export interface Server {
  /** Whether the server is OpenSearch. */
  readonly open: boolean;
  /** Major and minor version; 0 if unknown. */
  readonly version: number;
  readonly minor: number;
}

/** Reads product and version in the response to `GET /`. */
export function serverIn(about: string): Server {
  const open = /"distribution"\s*:\s*"opensearch"/.test(about);
  const [, major = 0, minor = 0] = /"number"\s*:\s*"(\d+)(?:\.(\d+))?/.exec(about) ?? [];
  // OpenSearch reports 7.10 if `compatibility.override_main_response_version` is set
  if (open && major === "7") return { open, version: 0, minor: 0 };
  return { open, version: Number(major), minor: Number(minor) };
}

/** Whether the version of the server is known, and at least the given one of its product. */
export function isAtLeast(
  { open, version, minor }: Server,
  wanted: { readonly elastic: Version; readonly open: Version },
): boolean {
  const [major, second] = open ? wanted.open : wanted.elastic;
  return version > major || (version === major && minor >= second);
}

type Version = readonly [major: number, minor: number];
