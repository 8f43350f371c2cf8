import { expect, test } from "vitest";
import { alertWith } from "../../output/alert.fixture.ts";
import { PartlyStored } from "./partly-stored.ts";

const batchOf = (...texts: string[]) => texts.map((text) => alertWith(text));

test("stored alerts of a batch are skipped once when the batch is sent again", () => {
  const stored = new PartlyStored();
  expect(stored.without(batchOf("rare", "common"))).toHaveLength(2);
  stored.add(batchOf("rare", "rare"));
  const again = (): string[] => stored.without(batchOf("rare", "common", "rare")).map(({ text }) => text);
  expect(again()).toEqual(["common"]);
  expect(again()).toEqual(["rare", "common", "rare"]);
});
