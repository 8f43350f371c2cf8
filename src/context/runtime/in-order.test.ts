import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

test("an event of a container is handled after its earlier events, and does not wait for events of other containers", async () => {
  const handle = inOrder();
  const order: string[] = [];
  const { promise: answer, resolve } = Promise.withResolvers<void>();
  handle("a", async () => {
    await answer;
    order.push("start of a");
  });
  handle("a", () => void order.push("end of a"));
  handle("b", () => void order.push("end of b"));
  await expect.poll(() => order).toEqual(["end of b"]);
  resolve();
  await expect.poll(() => order).toEqual(["end of b", "start of a", "end of a"]);
});
