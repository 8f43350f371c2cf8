import { absentOutputs } from "../src/config/sidekick/absent.ts";
import { referenceKeys } from "../src/config/sidekick/reference.fixture.ts";
import { type Verdict, verdictOf } from "../src/config/sidekick/verdict.ts";
import { receivers } from "../src/output/list.ts";
import { markdownTable, type Write } from "./table.ts";

/** Keys of Falcosidekick, in the order of the reference. */
const paths = Object.entries(referenceKeys).flatMap(([head, names]) =>
  names === "" ? [head] : names.split(" ").map((name) => `${head}.${name}`),
);

/** The tables of docs/compatibility.md about Falcosidekick. */
export const sidekickTables: Readonly<Record<string, Write>> = {
  "sidekick-counts": () => {
    const counts = Map.groupBy(paths, (path) => verdictOf(path).verdict);
    const count = (verdict: Verdict["verdict"]): string => String(counts.get(verdict)?.length ?? 0);
    const outputs = Object.keys(absentOutputs).length;
    const ofAbsent = paths.filter((path) => isOfAbsentOutput(path)).length;
    return markdownTable(
      ["", "keys", ""],
      [
        ["same", count("same"), "the value has the same effect"],
        [
          "different by design",
          count("different"),
          "see below; if the effect differs from that in Falcosidekick, a message is printed",
        ],
        [
          "absent",
          count("absent"),
          `a message is printed if the key is set: ${ofAbsent} keys of ${outputs} outputs that Eyas does not support, and the keys below`,
        ],
      ],
    );
  },
  "sidekick-keys": () => {
    const groups = Map.groupBy(
      paths.filter((path) => !isOfAbsentOutput(path)),
      sectionOf,
    );
    return markdownTable(
      ["", "same", "different by design", "absent"],
      [...groups].map(([section, keys]) => [
        section,
        ...(["same", "different", "absent"] as const).map((verdict) =>
          keys
            .filter((path) => verdictOf(path).verdict === verdict)
            .map((path) => describe(path, section, verdict))
            .join(verdict === "same" ? ", " : "; "),
        ),
      ]),
    );
  },
  "sidekick-outputs": () =>
    markdownTable(
      ["output", "use"],
      Object.entries(absentOutputs).map(([name, { use }]) => [`\`${name}\``, use]),
    ),
};

function isOfAbsentOutput(path: string): boolean {
  return verdictOf(path).isOfAbsentOutput ?? false;
}

/** Returns the output of a key, otherwise the section that contains the key; "" for top-level keys. */
function sectionOf(path: string): string {
  const output = receivers.find(({ name }) => path.startsWith(`${name}.`))?.name;
  return output ?? (path.includes(".") ? (path.split(".")[0] ?? "") : "");
}

function describe(path: string, section: string, verdict: Verdict["verdict"]): string {
  const name = `\`${section === "" ? path : path.slice(section.length + 1)}\``;
  const { becomes, use } = verdictOf(path);
  if (verdict === "same") return name;
  if (verdict === "absent") return `${name}: ${use}`;
  return becomes?.startsWith("alert_intake.") ? `${name}: \`${becomes}\`, with \`${use}\`` : `${name}: ${use}`;
}
