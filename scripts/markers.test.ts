import { describe, expect, test } from "vitest";
import { markedTables, replaceBetweenMarkers } from "./markers.ts";

const text = `# Outputs

<!-- generated: outputs -->
old
<!-- /generated -->

Words by hand.

<!-- generated: keys -->
<!-- /generated -->
`;

test("replaces only the text between the markers of a name", () => {
  expect(replaceBetweenMarkers(text, "outputs", "| a |\n| - |\n")).toBe(
    text.replace("old", "\n| a |\n| - |\n").replace("-->\n\n\n", "-->\n\n"),
  );
});

test("is idempotent", () => {
  const once = replaceBetweenMarkers(text, "keys", "$& $1 table");
  expect(once).toContain("$& $1 table");
  expect(replaceBetweenMarkers(once, "keys", "$& $1 table")).toBe(once);
});

test("lists the names of generated tables in their order", () => {
  expect(markedTables(text)).toEqual(["outputs", "keys"]);
});

test("ignores a marker inside a sentence", () => {
  expect(markedTables("Write `<!-- generated: NAME -->` on a line.")).toEqual([]);
});

describe("errors name the file and the marker", () => {
  test.each([
    ["missing", "# Outputs\n", 'docs/x.md: no marker "<!-- generated: keys -->"'],
    [
      "duplicate",
      "<!-- generated: keys -->\n<!-- /generated -->\n<!-- generated: keys -->\n<!-- /generated -->\n",
      'docs/x.md:3: duplicate marker "<!-- generated: keys -->", first in line 1',
    ],
    [
      "unclosed at the end",
      "\n<!-- generated: keys -->\n",
      'docs/x.md:2: marker "<!-- generated: keys -->" has no "<!-- /generated -->"',
    ],
    [
      "unclosed before the next one",
      "<!-- generated: keys -->\n<!-- generated: list -->\n<!-- /generated -->\n",
      'docs/x.md:1: marker "<!-- generated: keys -->" has no "<!-- /generated -->"',
    ],
    ["never opened", "<!-- /generated -->\n", 'docs/x.md:1: "<!-- /generated -->" without an opening marker'],
  ])("%s", (_case, document, message) => {
    expect(() => replaceBetweenMarkers(document, "keys", "", "docs/x.md")).toThrow(message);
  });
});
