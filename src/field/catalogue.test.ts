import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { findField, listedFields, vocabulary } from "./catalogue.ts";
import { type Field, FieldArgumentError } from "./field.ts";
import { classesOfSource, knownSources } from "./sources.ts";

const shared = process.env.EYAS_SHARED ?? new URL("../../../shared", import.meta.url).pathname;
const reference = `${shared}/reference/fields.json`;

interface ReferenceField {
  readonly name: string;
  readonly type: string;
  readonly list: boolean;
  readonly argument?: { readonly required: boolean; readonly kinds: readonly string[] };
  readonly flags?: readonly string[];
}

describe(`the catalogue and ${reference}`, needs("shared tables"), () => {
  test("have the same fields, with the same types and restrictions", () => {
    const rows = JSON.parse(readFileSync(reference, "utf8")) as ReferenceField[];
    const theirs = rows.map(({ name, type, list, argument, flags = [] }) => ({
      ...{ name, type, list, takesArgument: argument !== undefined, required: argument?.required ?? false },
      ...{ index: argument?.kinds.includes("INDEX") ?? false, key: argument?.kinds.includes("KEY") ?? false },
      filterOnly: flags.includes("FILTER_ONLY"),
      noRight: flags.includes("EPF_NO_RHS"),
      noTransformer: flags.includes("EPF_NO_TRANSFORMER"),
    }));
    const ours = listedFields().map(({ name, type, list, argument, filterOnly, noRight, noTransformer }) => ({
      ...{ name, type, list, takesArgument: argument !== undefined, required: argument?.required ?? false },
      ...{ index: argument?.index ?? false, key: argument?.key ?? false, filterOnly: filterOnly ?? false },
      ...{ noRight: noRight ?? false, noTransformer: noTransformer ?? false },
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(ours.sort(byName)).toEqual(theirs.sort(byName));
  });
});

/** Returns the fields of an event source, from all of its classes. */
async function fieldsOf(source: (typeof knownSources)[number]): Promise<readonly Field[]> {
  return [...new Set(await classesOfSource(source))].flatMap(({ fields }) => fields);
}

describe("the catalogue", () => {
  test("describes every field in at least one sentence", async () => {
    for (const source of knownSources)
      for (const { name, description } of await fieldsOf(source))
        expect(description, name).toMatch(/^[A-Za-z0-9].*[.)]$/s);
  });

  test.each(knownSources)("has no duplicate field for the source %s", async (source) => {
    const names = (await fieldsOf(source)).map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe("finding a field", () => {
  test.each([
    ["proc.name", "proc.name", undefined],
    ["proc.aname[2]", "proc.aname", "2"],
    ["proc.env[HOME]", "proc.env", "HOME"],
    ["evt.arg.flags", "evt.arg", "flags"],
    ["evt.arg[0]", "evt.arg", "0"],
    ["evt.args", "evt.args", undefined],
    ["evt.rawarg.res", "evt.rawarg", "res"],
    ["evt.type.is.open", "evt.type.is", "open"],
    ["evt.abspath", "evt.abspath", undefined],
    ["evt.abspath.dst", "evt.abspath", "dst"],
    ["thread.cgroup.cpuset", "thread.cgroup", "cpuset"],
    ["thread.cgroups", "thread.cgroups", undefined],
    ["container.mount.dest[/proc*]", "container.mount.dest", "/proc*"],
    ["evt.dir", "evt.dir", undefined],
  ])("%s", (text, name, argument) => {
    const found = findField(text);
    expect(found?.field.name).toBe(name);
    expect(found?.argument).toBe(argument);
  });

  test.each([
    "proc.nam",
    "proc.namex",
    "proc.name[1]",
    "proc.aname.2",
    "proc.aname[2",
    "evt.rawarg[0]",
    "evt.nosuchfield",
    "thread.cgroup[cpuset]",
    "static.site",
  ])("%s does not exist", (text) => {
    expect(findField(text)).toBeUndefined();
  });

  test.each([
    "proc.aname[x]",
    "proc.args[first]",
    "evt.arg",
    "evt.arg.nosuchparameter",
    "evt.rawarg.nosuchparameter",
    "evt.type.is.nosuchevent",
    "evt.around[soon]",
    "evt.abspath.middle",
    "thread.cgroup",
    "container.label",
    "fd.types[all]",
  ])("%s rejects its argument with a sentence", (text) => {
    const found = findField(text);
    expect(() => found?.field.bind(found.argument)).toThrow(FieldArgumentError);
    expect(() => found?.field.bind(found.argument)).toThrow(/^\S.* .*\.$/);
  });

  test("a static value of the configuration is a field", () => {
    const { lookup } = vocabulary({ site: "Zürich" });
    expect(lookup("static.site")?.field.type).toBe("CHARBUF");
    expect(lookup("static.other")).toBeUndefined();
    expect(lookup("proc.name")?.field.name).toBe("proc.name");
  });

  test("contains the names of events and of system calls", () => {
    const { isEventName } = vocabulary();
    expect(["openat", "procexit", "getxattr", "opennat"].map(isEventName)).toEqual([true, true, true, false]);
  });
});
