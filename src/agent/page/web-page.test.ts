import { expect, test } from "vitest";
import { journalStore } from "../../api/store/journal/journal-store.ts";
import { loadConfig } from "../../config/load.ts";
import { newJournal } from "../../journal/alerts.fixture.ts";
import { openWriter } from "../../journal/write.ts";
import { pageSettings, writeAuditEntry } from "./web-page.ts";

test("the page uses the journal of this machine unless a store is configured", async () => {
  const { config } = await loadConfig(undefined, ["outputs.opensearch.hostport=http://127.0.0.1:9200"]);
  expect(pageSettings(config)).not.toHaveProperty("fleet");
});

test("the page accepts requests to the host name of its public URL", async () => {
  const options = ["web_page.hosts=[page]", "web_page.public_url=HTTPS://Eyas.Example.org.:8443/"];
  const { config, diagnostics } = await loadConfig(undefined, options);
  expect(diagnostics).toEqual([]);
  expect(config.web_page.public_url).toBe("https://eyas.example.org.:8443");
  expect(pageSettings(config).hosts).toEqual(["page", "eyas.example.org"]);
});

test("a store uses the settings of its output", async () => {
  const { config, diagnostics } = await loadConfig(undefined, [
    "web_page.store=opensearch",
    "web_page.triage_index=said",
    "outputs.opensearch.hostport=https://search.example:9200",
    "outputs.opensearch.password=secret",
    "outputs.tlsclient.cacertfile=/ca.pem",
  ]);
  expect(diagnostics).toEqual([]);
  const { fleet } = pageSettings(config);
  expect(fleet).toMatchObject({
    name: "opensearch",
    keys: { hostport: "https://search.example:9200", layout: "ecs", password: "secret", checkcert: true },
    certificates: { tlsclient: { cacertfile: "/ca.pem" } },
    triageIndex: "said",
  });
  expect(structuredClone(fleet)).toEqual(fleet); // the value is passed to a worker
});

test("the OpenID Connect provider uses the settings in the configuration", async () => {
  const { config, diagnostics } = await loadConfig(undefined, [
    "web_page.public_url=https://eyas.example.org",
    "web_page.oidc.issuer=https://login.example.org/realms/main",
    "web_page.oidc.client_id=eyas",
    "web_page.oidc.roles.admin=[a, b]",
  ]);
  expect(diagnostics).toEqual([]);
  const { openId } = pageSettings(config);
  expect(openId).toMatchObject({
    issuer: "https://login.example.org/realms/main",
    public_url: "https://eyas.example.org",
    roles: { viewer: [], responder: [], admin: ["a", "b"] },
    default_role: "none",
    session_duration: 8 * 3_600_000,
  });
  expect(structuredClone(openId)).toEqual(openId); // the value is passed to a worker
});

test("an audit entry is written to the journal if the page does not accept it because its worker is restarting", async () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  const { config } = await loadConfig(undefined, [`journal.path=${file}`]);
  const entry = (target: string) => ({ user: "eyas", address: "", action: "remove expired exception", target });
  await writeAuditEntry(entry("A"), { send: () => false }, config);
  await writeAuditEntry(entry("B"), { send: () => true }, config);
  await writeAuditEntry(entry("C"), undefined, config);
  const store = journalStore(file);
  expect((await store.audit({ limit: 10 })).entries.map(({ target }) => target)).toEqual(["C", "A"]);
  store.close();
  writer.close();
});
