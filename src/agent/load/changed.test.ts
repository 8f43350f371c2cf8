import { expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { changedSessionKeys } from "./changed.ts";

test("a change to the path of the journal requires a new session, and a change to its limits does not", async () => {
  const { config } = await loadConfig(undefined, []);
  const changed = async (...settings: string[]) =>
    changedSessionKeys(config, (await loadConfig(undefined, settings)).config);
  expect(await changed("journal.max_size=2GB", "journal.max_age=1d", "priority=error")).toEqual([]);
  expect(await changed("journal.path=/tmp/other.db", "engine.kind=nodriver")).toEqual(["engine", "journal"]);
});
