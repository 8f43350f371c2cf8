import { expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { closeAll } from "../../source/feed.ts";
import { openInbox } from "../../source/inbox.ts";
import { anyJson } from "../../source/reader.ts";
import { Failure } from "../failure.ts";
import { openFeeds } from "./feeds.ts";

async function open(...options: readonly string[]) {
  const { config } = await loadConfig(undefined, options, {});
  const lines: string[] = [];
  const intake = openInbox("one", { most: 10 });
  const requests = Object.entries(config.sources.json).flatMap(([source, settings]) =>
    settings.from.map((origin) => {
      const keys = `sources.json.${source}`;
      return { source, origin, keys, settings, reader: anyJson, intake };
    }),
  );
  const feeds = await openFeeds(requests, config, ({ level, message }) => lines.push(`${level} ${message}`));
  await closeAll(feeds);
  return { feeds, lines };
}

test("a feed that other machines can send to without authentication is logged", async () => {
  const { feeds, lines } = await open(
    "sources.json.one={from: ['http://0.0.0.0:0/a', 'syslog+udp://0.0.0.0:0', 'http://127.0.0.1:0/b']}",
    "sources.json.two={from: 'http://0.0.0.0:0/c', token: s3cret}",
  );
  expect(feeds).toHaveLength(4);
  expect(lines).toEqual(
    ["http://0.0.0.0:0/a", "syslog+udp://0.0.0.0:0"].map(
      (from) =>
        `warning ${from} accepts one events from any machine without authentication. Set a token or client_authority, or listen on 127.0.0.1.`,
    ),
  );
});

test("a feed that cannot be opened causes a failure with a one-sentence message", async () => {
  await expect(open("sources.json.one.from=https://127.0.0.1:0/a")).rejects.toThrow(
    new Failure("https://127.0.0.1:0/a requires a certificate: set sources.json.one.certificate."),
  );
});
