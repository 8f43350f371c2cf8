import { describe, expect, it } from "vitest";
import {
  addressOf,
  MAX_NAME,
  MAX_VIEWS,
  nameError,
  renamed,
  savedViewsIn,
  viewParameters,
  withView,
} from "./saved-views.ts";

const view = (name: string, parameters = "query=rule+%3D+x") => ({ name, parameters });
const names = (views: readonly { readonly name: string }[] | string) =>
  typeof views === "string" ? views : views.map(({ name }) => name);

it("the parameters of a view are its filter, grouping, order and columns", () => {
  const parameters = new URLSearchParams(
    "query=rule = x&text=curl&since=7d&state=open&view=groups&order=oldest&columns=time,rule:240&other=1",
  );
  const text = viewParameters(parameters);
  expect(Object.fromEntries(new URLSearchParams(text))).toEqual({
    ...{ query: "rule = x", text: "curl", since: "7d", state: "open" },
    ...{ view: "groups", order: "oldest", columns: "time,rule:240" },
  });
  expect(viewParameters(new URLSearchParams(text))).toBe(text);
  expect(viewParameters(parameters, [{ name: "time" }])).toContain("columns=time");
  expect(viewParameters(new URLSearchParams("state=none&view=x&order=y&columns=,,"))).toBe("");
});

it.each([
  ["", "/alerts"],
  ["text=x", "/alerts?text=x"],
])("the path of a view with parameters %j is %s", (parameters, address) => {
  expect(addressOf({ parameters })).toBe(address);
});

describe("stored views", () => {
  it("are read as they were written", () => {
    const views = [view("one"), view("two", "since=ever&columns=time%2Crule")];
    expect(savedViewsIn(JSON.stringify(views))).toEqual(views);
  });

  it.each([
    [undefined],
    ["nothing"],
    ["{}"],
    ["null"],
    ['[1, null, "x", {}, {"name": 1, "parameters": ""}]'],
    [JSON.stringify([view("")])],
    [JSON.stringify([view("x".repeat(MAX_NAME + 1))])],
    [JSON.stringify([view("long", "x".repeat(20_000))])],
    ["[".repeat(50_000)],
  ])("that are not valid are omitted: %#", (text) => {
    expect(savedViewsIn(text)).toEqual([]);
  });

  it("lose parameters that a view cannot have", () => {
    expect(savedViewsIn(JSON.stringify([view("x", "javascript:alert(1)//&text=a&__proto__=b&state=<b>")]))).toEqual([
      view("x", "text=a"),
    ]);
  });

  it("are limited in number, and have different names", () => {
    const many = Array.from({ length: MAX_VIEWS + 5 }, (_, i) => view(`${i}`));
    expect(savedViewsIn(JSON.stringify(many))).toHaveLength(MAX_VIEWS);
    expect(savedViewsIn(JSON.stringify([view("a"), view("a", "text=b")]))).toEqual([view("a")]);
  });
});

it("views are added, replaced and renamed", () => {
  expect(withView([view("a")], view("b"))).toEqual([view("a"), view("b")]);
  expect(withView([view("a"), view("b")], view("a", "text=x"))).toEqual([view("a", "text=x"), view("b")]);
  expect(names(renamed([view("a"), view("b")], "a", "c"))).toEqual(["c", "b"]);
  expect(names(renamed([view("a"), view("b")], "a", "b"))).toMatch(/Another view/);
  const full = Array.from({ length: MAX_VIEWS }, (_, i) => view(`${i}`));
  expect(names(withView(full, view("new")))).toMatch(/At most/);
  expect(names(withView(full, view("7", "text=x")))).toHaveLength(MAX_VIEWS);
  expect(names(withView([], view("long", "x".repeat(20_000))))).toMatch(/too long/);
});

it.each([
  ["", "Enter a name."],
  ["  ", "Enter a name."],
  ["Night shift", undefined],
])("a view named %j: %s", (name, error) => {
  expect(nameError(name)).toBe(error);
});
