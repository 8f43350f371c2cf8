import { expect, test } from "vitest";
import { agentId } from "./identity.ts";

test("the ID hides the machine ID, and differs between copies of a disk", () => {
  const machineId = "0123456789abcdef0123456789abcdef";
  const id = agentId(machineId, "node-1");
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(id).toBe(agentId(machineId, "node-1"));
  expect(agentId(machineId, "node-2")).not.toBe(id);
  expect(agentId("", "node-1")).not.toBe(id);
});
