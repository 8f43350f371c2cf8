import { expect, test } from "vitest";
import { loadFailure } from "./sensor-error.ts";

const EMFILE = -24;

test("the limit of open files is stated as the cause at each step, even if the kernel has written a log", () => {
  const messages = [loadFailure("map", EMFILE, ""), loadFailure("run", EMFILE, "type_id=343 offset=312")];
  for (const { message } of messages) expect(message).toMatch(/too many open files\. Raise the limit .*LimitNOFILE=/);
});
