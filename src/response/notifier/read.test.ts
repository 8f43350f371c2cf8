import { afterEach, expect, test } from "vitest";
import { actionOf, alertsAbout, openScene, responsesOf, type Scene, succeeds } from "../../../test/response/scene.ts";
import { stepEvent } from "../../agent/responses/response-alerts.ts";
import { readResponses } from "../rule/read.ts";

const action = actionOf(succeeds, { name: "kubernetes:test" });
const RULE = `
- rule: R
  match: {rules: [File read]}
  notifiers: [k8sevents, Slack]
  actions: [{action: A, actionner: "kubernetes:test"}]
`;

const read = (text: string, notifiers?: readonly string[]) =>
  readResponses([{ name: "rules.yaml", text }], {
    actions: { [action.name]: async () => action },
    ...{ environment: {}, strict: true },
    ...(notifiers && { notifiers }),
  });

let scene: Scene | undefined;
afterEach(() => scene?.close());

test("rules of Talon name notifiers, and the configuration adds notifiers for all rules", async () => {
  const { responses, results } = await read(RULE, ["webhook"]);
  expect(results.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(responses.map(({ notifiers }) => notifiers)).toEqual([["webhook", "k8sevents", "slack"]]);
  const merged = await read(`${RULE}\n- rule: R\n  notifiers: [smtp]\n  actions: []\n`);
  expect(merged.responses[0]?.notifiers).toEqual(["k8sevents", "slack", "smtp"]);
  const empty = await read(RULE.replace("[k8sevents, Slack]", ""));
  expect(empty.responses[0]?.notifiers).toEqual([]);
});

test("responses of Eyas name notifiers too", async () => {
  const text = "- response: R\n  match: rule exists\n  notifiers: [loki]\n  actions: [kubernetes:test]\n";
  expect((await read(text)).responses[0]?.notifiers).toEqual(["loki"]);
  const { results } = await read(text.replace("loki", "lokki"));
  expect(results[0]?.errors.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '3: Unknown notifier "lokki": use k8sevents, slack, smtp, webhook, loki, elasticsearch. Did you mean "loki"?',
  ]);
});

test("an unknown notifier of a rule of Talon is a warning", async () => {
  const { responses, results } = await read(RULE.replace("Slack", "pagerduty"));
  expect(responses[0]?.notifiers).toEqual(["k8sevents"]);
  expect(results[0]?.warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '4: Unknown notifier "pagerduty": use k8sevents, slack, smtp, webhook, loki, elasticsearch',
  ]);
});

test("the result of an action is reported with the notifiers of its rule, and becomes an Event of the cluster", async () => {
  const { responses } = await read(RULE);
  scene = openScene(responses);
  scene.raise(...alertsAbout("/a"));
  const [step] = await scene.settled(1);
  expect(scene.events).toMatchObject([{ kind: "ended", notifiers: ["k8sevents", "slack"] }]);
  expect(scene.created.map(({ step: { id }, alert: { rule } }) => [id, rule])).toEqual([[step?.id, "File read"]]);
  const alert = { id: "", rule: "File read" };
  expect(stepEvent(step!, alert, ["k8sevents", "slack"]).fields).toMatchObject({
    "eyas.response.notifiers": "k8sevents, slack",
  });
  expect(stepEvent(step!, alert).fields).not.toHaveProperty(["eyas.response.notifiers"]);
});

test("an action that did not run, and a rule without notifiers, become no Event", async () => {
  const others = await responsesOf("- {response: All, match: rule exists, actions: [test:do]}", [actionOf(succeeds)]);
  const { responses } = await read(RULE.replace("actions:", "dry_run: 'true'\n  actions:"));
  scene = openScene([...others, ...responses]);
  scene.raise(...alertsAbout("/a"));
  const steps = await scene.settled(2);
  expect(steps.map(({ state, why }) => [state, why]).sort()).toEqual([
    ["done", undefined],
    ["skipped", "dry_run"],
  ]);
  expect(scene.created).toEqual([]);
});
