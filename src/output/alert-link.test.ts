import { afterEach, beforeEach, expect, test } from "vitest";
import { type Alert, defaultAlertOptions } from "../alert/alert.ts";
import { loadConfig } from "../config/load.ts";
import { entry, inventory, newJournal } from "../journal/alerts.fixture.ts";
import { openWriter } from "../journal/write.ts";
import { OPEN_ALERT, withLink } from "./alert-link.ts";
import { journalSource } from "./dispatch/journal-source.ts";
import { openOutputs } from "./outputs.ts";
import { alertAbout, type Receiver, startReceiver } from "./receiver.fixture.ts";

const PAGE = "web_page.public_url=https://eyas.example.org/";
const ID = "01a2b3c4-0000-7000-8000-000000000001";
const LINK = `https://eyas.example.org/alerts/${ID}`;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.stop());

/** Opens outputs with options, as the program does, and delivers an alert. @returns the bodies of the requests */
async function deliver(alert: Alert, ...options: readonly string[]): Promise<string[]> {
  const { config, diagnostics } = await loadConfig(undefined, ["stdout_output.enabled=false", ...options], {});
  expect(diagnostics).toEqual([]);
  receiver.requests.length = 0;
  for (const output of await openOutputs(config)) {
    expect(await output.deliver([alert])).toEqual({ outcome: "delivered" });
    await output.close();
  }
  return receiver.requests.map(({ body }) => body);
}

const stored = alertAbout("said", { id: ID });
const titled = { attachments: [{ title: "A shell", title_link: LINK }] };

/** Outputs that support links: address key, other options, and the parts of the body that a link adds. */
const linked: readonly (readonly [string, readonly string[], unknown])[] = [
  ["slack.webhookurl", [], titled],
  ["mattermost.webhookurl", [], titled],
  ["rocketchat.webhookurl", [], titled],
  [
    "teams.webhookurl",
    [],
    { attachments: [{ content: { actions: [{ type: "Action.OpenUrl", title: OPEN_ALERT, url: LINK }] } }] },
  ],
  [
    "googlechat.webhookurl",
    ["outputs.googlechat.outputformat=fields"],
    {
      cardsV2: [
        {
          card: {
            sections: [
              {
                widgets: expect.arrayContaining([
                  { buttonList: { buttons: [{ text: OPEN_ALERT, onClick: { openLink: { url: LINK } } }] } },
                ]),
              },
            ],
          },
        },
      ],
    },
  ],
  [
    "googlechat.webhookurl",
    ["outputs.googlechat.outputformat=text"],
    { text: `12:34:56.123456789: Warning said\n<${LINK}|${OPEN_ALERT}>` },
  ],
  [
    "cliq.webhookurl",
    ["outputs.cliq.outputformat=text"],
    { slides: [{ type: "text", data: `[${OPEN_ALERT}](${LINK})` }] },
  ],
  ["pagerduty.address", ["outputs.pagerduty.routingkey=key"], { client: "Eyas", client_url: LINK }],
  ["alertmanager.hostport", [], [{ generatorURL: LINK }]],
  ["grafana.hostport", [], { text: `12:34:56.123456789: Warning said<br><a href="${LINK}">${OPEN_ALERT}</a>` }],
];

test.each(linked)("outputs.%s %j: an alert links to the page if its URL is configured", async (key, more, part) => {
  const options = [`outputs.${key}=${receiver.url}`, ...more];
  const [without = ""] = await deliver(stored, ...options);
  expect(without).not.toContain("eyas.example.org");
  expect(without).not.toMatch(/link|_url|URL|OpenUrl|<a /);
  const [whole = ""] = await deliver(stored, ...options, PAGE);
  expect(JSON.parse(whole)).toMatchObject(part as object);
  expect(whole.split(LINK)).toHaveLength(2);
  const [unstored] = await deliver(alertAbout("said"), ...options, PAGE);
  expect(unstored?.replaceAll(/"cardId":"[^"]*"|"dedup_key":"[^"]*"|"uuid":"[^"]*"/g, "")).toBe(
    without.replaceAll(/"cardId":"[^"]*"|"dedup_key":"[^"]*"|"uuid":"[^"]*"/g, ""),
  );
});

test.each([
  ["webhook.address", []],
  ["splunk.host", ["outputs.splunk.token=t"]],
  ["loki.hostport", ["outputs.loki.format=json"]],
])("outputs.%s %j: Falco's JSON has no link", async (key, more) => {
  const options = [`outputs.${key}=${receiver.url}`, ...more];
  expect(await deliver(stored, ...options, PAGE)).toEqual(await deliver(stored, ...options));
});

test("an alert in the journal has the same link after a restart", async () => {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append([entry(1), entry(2)]);
  writer.close();
  const links: unknown[] = [];
  for (let restart = 0; restart < 2; restart++) {
    const source = journalSource(file, defaultAlertOptions);
    for (const alert of source.read(0, 10)) {
      const [body = ""] = await deliver(alert, `outputs.slack.webhookurl=${receiver.url}`, PAGE);
      links.push(JSON.parse(body).attachments[0].title_link);
    }
    source.close();
  }
  const expected = [...inventory(file).values()].map((id) => `https://eyas.example.org/alerts/${id}`);
  expect(links).toEqual([...expected, ...expected]);
});

test("the link is unchanged if the configuration changes fields and tags of alerts", async () => {
  const [body = ""] = await deliver(
    stored,
    `outputs.slack.webhookurl=${receiver.url}`,
    "outputs.slack.fields=[proc.name]",
    "outputs.customtags=[blue]",
    PAGE,
  );
  expect(JSON.parse(body)).toMatchObject(titled);
  expect(body).toContain("blue");
  expect(body).not.toContain("proc.pid");
});

test("an alert that is not in the journal gets a link if the page reads alerts from Elasticsearch", async () => {
  const [sent = ""] = await deliver(alertAbout("said"), `outputs.webhook.address=${receiver.url}`);
  const { uuid }: { uuid: string } = JSON.parse(sent);
  const options = [`outputs.slack.webhookurl=${receiver.url}`, "outputs.slack.fields=[proc.name]", PAGE];
  const [body = ""] = await deliver(alertAbout("said"), ...options, "web_page.store=elasticsearch");
  expect(JSON.parse(body)).toMatchObject({ attachments: [{ title_link: `https://eyas.example.org/alerts/${uuid}` }] });
  const [journal = ""] = await deliver(alertAbout("said"), ...options, "outputs.customtags=[blue]");
  expect(journal).not.toContain("title_link");
});

test("properties of an alert that are getters are kept", () => {
  const alert = alertAbout("said");
  const lazy: Alert = Object.create({
    ...alert,
    get text() {
      return alert.text;
    },
  });
  expect(withLink(lazy, LINK)).toEqual({ ...alert, link: LINK });
});
