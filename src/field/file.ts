import { isArray, type Json, member } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import { countOf, textOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

const OWN = ["fileinfo"];
const LIST = ["files"];

/** The file of a document; the first file if an alert has several. */
function file({ document }: Observed): Json | undefined {
  const own = walk(document, OWN);
  if (own !== undefined) return own;
  const list = walk(document, LIST);
  return isArray(list) ? list[0] : undefined;
}

const text = (key: string): Reader => {
  return (event) => textOf(member(file(event), key));
};

export const fileFields: readonly Field[] = [
  row("file.name", "CHARBUF", text("filename"), "The name of the file in the protocol that transfers it."),
  row(
    "file.size",
    "UINT64",
    (event) => countOf(member(file(event), "size")),
    "The number of observed bytes of the file.",
  ),
  row(
    "file.magic",
    "CHARBUF",
    text("magic"),
    "The file type according to the content (magic), if the IDS is configured to detect file types.",
  ),
  row(
    "file.state",
    "CHARBUF",
    text("state"),
    "The state of the file: CLOSED if it is complete; otherwise TRUNCATED, ERROR or UNKNOWN.",
  ),
  row(
    "file.stored",
    "BOOL",
    (event) => {
      const stored = member(file(event), "stored");
      return typeof stored === "boolean" ? stored : undefined;
    },
    "True if the IDS stored a copy.",
  ),
  row("file.md5", "CHARBUF", text("md5"), "The MD5 hash of the file, if the IDS is configured to compute hashes."),
  row("file.sha1", "CHARBUF", text("sha1"), "The SHA-1 hash of the file, if the IDS is configured to compute hashes."),
  row(
    "file.sha256",
    "CHARBUF",
    text("sha256"),
    "The SHA-256 hash of the file, if the IDS is configured to compute hashes.",
  ),
];
