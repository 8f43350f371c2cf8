import { additionKeys } from "../src/output/additions/keys.ts";
import { type OutputDescriptor, selectionKeys } from "../src/output/descriptor.ts";
import { falcoOutputs, receivers } from "../src/output/list.ts";
import { outputStates } from "../src/output/state.ts";
import { certificateKeys, httpKeys } from "../src/output/transport/keys.ts";
import type { Keys } from "../src/setting/shape.ts";
import { keyRows, keyTable } from "./document-keys.ts";
import { anchor, markdownTable, type Write } from "./table.ts";

const simple: readonly OutputDescriptor[] = falcoOutputs;
const each: readonly OutputDescriptor[] = receivers;

/** The tables of docs/outputs.md. */
export const outputsTables: Readonly<Record<string, Write>> = {
  outputs: () =>
    markdownTable(
      ["output", "", "enabled by"],
      [
        ...simple.map(({ section, about }) => [`[\`${section}\`](#outputs-of-falco)`, about, `\`${section}.enabled\``]),
        ...each.map(({ name, section, about, enabledBy }) => [
          `[\`${section}\`](#${anchor(name)})`,
          about,
          `\`${section}.${enabledBy}\``,
        ]),
      ],
    ),
  "output-states": () =>
    markdownTable(
      ["state", "meaning"],
      Object.entries(outputStates).map(([state, { help }]) => [state, help]),
    ),
  "output-selection": () => keyTable(keyRows(selectionKeys, "")),
  "outputs-falco": () =>
    keyTable(simple.flatMap(({ section, keys }) => keyRows(without(keys, selectionKeys), `${section}.`))),
  "outputs-http": () => keyTable(keyRows(httpKeys, "")),
  "outputs-additions": () => keyTable(keyRows(additionKeys, "outputs.")),
  "outputs-certificates": () => keyTable(keyRows(certificateKeys, "outputs.")),
  "outputs-each": () => each.map(outputSection).join("\n"),
};

function outputSection({ name, section, about, keys, groupKeys, example, notes }: OutputDescriptor): string {
  const isOverHttp = Object.keys(httpKeys).every((key) => Object.hasOwn(keys, key));
  const own = without(keys, isOverHttp ? { ...selectionKeys, ...httpKeys } : selectionKeys);
  const [group = ""] = name.split(".");
  const path = section.split(".");
  const heads = path.map((part, depth) => `${"  ".repeat(depth)}${part}:`);
  const body = example.split("\n").map((line) => `${"  ".repeat(path.length)}${line}`);
  return `### ${name}

${about}

\`\`\`yaml
${[...heads, ...body].join("\n")}
\`\`\`

${keyTable([...keyRows(own, ""), ...keyRows(groupKeys, `${group}.`)])}${notes}`;
}

function without(keys: Keys, others: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !Object.hasOwn(others, name)));
}
