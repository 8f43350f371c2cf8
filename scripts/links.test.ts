import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { documents, files, readDocument } from "./docs.ts";
import { anchor } from "./table.ts";

const home = join(import.meta.dirname, "..");
const paths = [...documents(), ...Object.keys(files).filter((path) => path.endsWith(".md"))];

/** Returns a document without code, in which brackets are not links. */
function prose(path: string): string {
  return readDocument(path)
    .replace(/^```.*?^```/gms, "")
    .replace(/`[^`\n]*`/g, "");
}

/** Returns the anchors of the headings in a document. */
function anchorsOf(path: string): string[] {
  const text = readDocument(path).replace(/^```.*?^```/gms, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading.replaceAll("`", "")));
}

/** Returns the links in a document to missing files, and to anchors without a heading. */
function brokenLinks(path: string): string[] {
  return [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file = "", heading] = target.split("#");
      const linked = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(home, linked))) return true;
      return heading !== undefined && !anchorsOf(linked).includes(heading);
    });
}

test.each(paths)("%s has no broken links", (path) => {
  expect(brokenLinks(path)).toEqual([]);
});
