import { isArray, type Json, member } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import { countOf, textOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

const OWN = ["fileinfo"];
const LIST = ["files"];

/** The file that a document is about; of the several that an alert may carry, the first. */
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
  row("file.name", "CHARBUF", text("filename"), "The file's name, as the protocol that carried it states it."),
  row("file.size", "UINT64", (event) => countOf(member(file(event), "size")), "Bytes of it that were seen."),
  row("file.magic", "CHARBUF", text("magic"), "What it looks like by its content, where the IDS is told to find out."),
  row(
    "file.state",
    "CHARBUF",
    text("state"),
    "Whether all of it was seen: CLOSED; TRUNCATED, ERROR or UNKNOWN if not.",
  ),
  row(
    "file.stored",
    "BOOL",
    (event) => {
      const stored = member(file(event), "stored");
      return typeof stored === "boolean" ? stored : undefined;
    },
    "True where the IDS kept a copy.",
  ),
  row("file.md5", "CHARBUF", text("md5"), "The MD5 of it, where the IDS is told to make it."),
  row("file.sha1", "CHARBUF", text("sha1"), "The SHA-1 of it, likewise."),
  row("file.sha256", "CHARBUF", text("sha256"), "The SHA-256 of it, likewise."),
];
