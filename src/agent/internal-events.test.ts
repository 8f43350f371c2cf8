import { expect, test } from "vitest";
import type { InternalEvent } from "../alert/internal.ts";
import { InternalEvents } from "./internal-events.ts";

const event = (rule: string): InternalEvent => ({ rule, priority: "Error", message: "m", fields: {} });

test("events wait for a session, are raised by the current session, and are limited in number", () => {
  const events = new InternalEvents();
  const [first, second]: string[][] = [[], []];
  events.add(event("early"));
  const open = events.open(({ rule }) => first?.push(rule));
  events.add(event("now"));
  expect(first).toEqual(["early", "now"]);
  open.close();
  for (let i = 0; i < 3000; i++) events.add(event(`${i}`));
  events.open(({ rule }) => second?.push(rule));
  expect([first?.length, second?.length, second?.[0]]).toEqual([2, 1000, "0"]);
});
