import { expect, test } from "vitest";
import { requireStreams } from "./version.ts";

test.each(["2.9.4", "2.9.10", "2.10.0", "2.15.2", "2.11.0-RC.1", "3.0.0"])("NATS %s is new enough", (version) => {
  expect(() => requireStreams(version)).not.toThrow();
});

test.each(["2.9.3", "2.8.4", "1.4.1", "2.9", ""])("NATS %s is too old, which is an error", (version) => {
  expect(() => requireStreams(version)).toThrow(
    `it is NATS ${version}, but reading streams requires NATS 2.9.4 or newer`,
  );
});
