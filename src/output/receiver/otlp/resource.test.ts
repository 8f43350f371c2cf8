import { expect, test } from "vitest";
import { factsOf } from "../../alert-facts.ts";
import { alertAbout } from "../../receiver.fixture.ts";
import { byResource } from "./resource.ts";

test("alerts of each machine have one resource, in order", () => {
  const [first, second, third] = ["a", "b", "c"].map((text) => factsOf(alertAbout(text)));
  const groups = byResource([first!, { ...second!, hostname: "" }, third!]);
  expect(groups.map(({ group }) => group.map(({ alert }) => alert.message))).toEqual([["a", "c"], ["b"]]);
  const name = { key: "service.name", value: { stringValue: "falco" } };
  expect(groups.map(({ resource }) => resource)).toEqual([
    { attributes: [name, { key: "host.name", value: { stringValue: "node-1" } }] },
    { attributes: [name] },
  ]);
});
