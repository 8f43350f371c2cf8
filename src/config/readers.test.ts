import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Keys } from "../setting/shape.ts";
import { keys } from "./keys.ts";

const src = join(import.meta.dirname, "..");

/** Files that define keys. */
const DEFINES = /^(?:config|setting)\/.*\b(?:section|flag|text|number|duration|size)\(/s;

/** All words in the source code outside of definitions of keys. */
const words = new Set(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.(?:test|fixture)\.ts$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(src, file), "utf8") }))
    .filter(({ file, text }) => !DEFINES.test(`${file}\n${text}`))
    .flatMap(({ text }) => text.match(/\w+/g) ?? []),
);

/** The paths of all keys that have an effect. */
function paths(section: Keys, path: string): string[] {
  return Object.entries(section).flatMap(([name, key]) => {
    if (key.kind === "later") return [];
    return key.kind === "leaf" ? [path + name] : paths(key.keys, `${path}${name}.`);
  });
}

// Keys of outputs are not tested, since they are defined in the same files as the code that reads them.
const { outputs: _outputs, ...own } = keys;

test.each(paths(own, ""))("the program reads %s", (path) => {
  expect(words).toContain(path.split(".").at(-1));
});
