import { expect, test } from "vitest";
import { falcoVariables, variableNotices } from "./variables.ts";

test("a variable of Falco without effect is named with the reason", () => {
  const all = Object.fromEntries(falcoVariables.map(({ name }) => [name, "1"]));
  expect(variableNotices(all).map(({ message }) => message)).toEqual([
    "FALCO_DRIVER_CHOICE has no effect: the sensor needs no driver.",
    "FALCO_FRONTEND has no effect: the package does not prompt for input.",
    "FALCOCTL_ENABLED has no effect: Eyas does not download rules or plugins.",
    "SKIP_DRIVER_LOADER has no effect: the sensor needs no driver.",
  ]);
  expect(variableNotices({ HOST_ROOT: "/host" })).toEqual([]);
});
