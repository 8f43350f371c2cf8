import { expect, test } from "vitest";
import type { RuleSettingRequest } from "../agent-view.ts";
import { changedSettings, lastChange } from "./change.ts";
import { ruleFilesOf, selectionsOf } from "./files.ts";
import { MAX_SIZE, NO_SETTINGS, type RuleSettings, settingsIn, settingsText, versionOf } from "./settings.ts";

const RULE = "File read";
const yaml = `- rule: ${RULE}
  desc: d
  condition: evt.type = open
  output: o
  priority: WARNING
`;

/** The settings of a page in memory. */
class Page {
  settings: RuleSettings = NO_SETTINGS;
  private now = Date.parse("2026-06-01T00:00:00Z");

  get version(): string {
    return versionOf(this.settings.rules.find(({ rule }) => rule === RULE));
  }

  async set(more: Partial<Extract<RuleSettingRequest, { change: "set" }>>): Promise<void> {
    await this.apply({ change: "set", rule: RULE, version: this.version, user: "ada", ...more });
  }

  async revert(version = this.version): Promise<void> {
    await this.apply({ change: "revert", rule: RULE, version, user: "bob" });
  }

  private async apply(request: RuleSettingRequest): Promise<void> {
    this.now += 1000;
    this.settings = settingsIn(settingsText(await changedSettings(request, this.settings, this.now)));
  }
}

test("changes set the state and the priority of a rule, replace them and remove them", async () => {
  const page = new Page();
  await page.set({ state: "shadow", priority: "Error", reason: "noisy" });
  const time = "2026-06-01T00:00:01.000Z";
  expect(page.settings.rules).toEqual([
    { rule: RULE, state: "shadow", priority: "Error", user: "ada", time, reason: "noisy" },
  ]);
  expect(selectionsOf(page.settings)).toEqual([{ action: "shadow", rule: RULE, tag: undefined }]);
  expect(ruleFilesOf(page.settings)).toEqual([
    {
      name: "page-priorities",
      text: `- rule: "${RULE}"\n  priority: Error\n  override: {priority: replace}\n`,
      skips: "unknown rules",
    },
  ]);
  await page.set({ state: "disabled" });
  expect(selectionsOf(page.settings)).toEqual([{ action: "disable", rule: RULE, tag: undefined }]);
  expect(ruleFilesOf(page.settings)).toEqual([]);
  await page.set({});
  expect(page.settings.rules).toEqual([]);
  expect(page.settings.changes.map(({ after }) => after?.state)).toEqual(["shadow", "disabled", undefined]);
});

test("changes, including a removal, are reverted one after another", async () => {
  const page = new Page();
  await page.set({ state: "shadow", yaml });
  await page.set({ state: "enabled", yaml });
  await page.set({});
  expect(lastChange(page.settings, RULE, undefined)?.before?.state).toBe("enabled");
  await page.revert();
  expect(page.settings.rules).toMatchObject([{ state: "enabled", yaml, user: "bob" }]);
  await page.revert();
  expect(page.settings.rules).toMatchObject([{ state: "shadow", yaml, user: "bob" }]);
  await page.revert();
  expect(page.settings).toEqual(NO_SETTINGS);
  await expect(page.revert()).rejects.toMatchObject({ code: "not_found" });
});

test("a change is rejected if another user has changed the rule in the meantime", async () => {
  const page = new Page();
  await page.set({ state: "shadow" });
  const seen = page.version;
  await page.set({ state: "enabled" });
  await expect(page.set({ state: "disabled", version: seen })).rejects.toMatchObject({ code: "conflict" });
  await expect(page.revert(seen)).rejects.toMatchObject({ code: "conflict" });
  await expect(page.set({ state: "disabled", version: "" })).rejects.toMatchObject({ code: "conflict" });
});

test("a rule without a setting cannot be reset, and a name with * is rejected because it would also select other rules", async () => {
  const page = new Page();
  await expect(page.set({})).rejects.toMatchObject({ code: "not_found" });
  await expect(page.set({ rule: "File*", version: "", state: "disabled" })).rejects.toThrow("with * in its name");
  await expect(page.set({ rule: "x".repeat(501), version: "", state: "disabled" })).rejects.toThrow("500 characters");
});

test("a text must be exactly one rule of the same name", async () => {
  const page = new Page();
  const wrong = [
    [yaml.replace(RULE, "Other"), 'the name "Other" instead of "File read"'],
    ["- macro: m\n  condition: c\n", "exactly one rule"],
    [`${yaml}${yaml}`, "exactly one rule"],
    [`${yaml}---\n${yaml}`, "exactly one rule"],
    [`${yaml}  override: {priority: replace}\n`, "exactly one rule"],
    [`${yaml}  append: true\n`, "exactly one rule"],
    [yaml.replace("  desc: d\n", ""), "has no desc"],
    [`- rule: ${RULE}\n  enabled: false\n`, "has no condition"],
    [`${yaml}  macro: spawned_process\n`, "exactly one rule"],
    [`${yaml}  list: shells\n`, "exactly one rule"],
    ["text", "exactly one rule"],
    ["- rule: {a: b}\n", "exactly one rule"],
    ["- rule: [\n", "Invalid YAML"],
  ] as const;
  for (const [text, message] of wrong) await expect(page.set({ yaml: text })).rejects.toThrow(message);
  await page.set({ yaml: yaml.replaceAll("\n", "\r\n") });
  expect(ruleFilesOf(page.settings)).toEqual([{ name: `page/${RULE}`, text: yaml }]);
});

test("names are quoted, so that they cannot end a line or a string", async () => {
  const rule = 'a"\n- rule: b\u2028\u0085: # c';
  const settings = await changedSettings(
    { change: "set", rule, version: "", priority: "Notice", user: "ada" },
    NO_SETTINGS,
    0,
  );
  expect(ruleFilesOf(settings)[0]?.text.split(/[\n\u2028\u0085]/)).toEqual([
    '- rule: "a\\"\\n- rule: b\\u2028\\u0085: # c"',
    "  priority: Notice",
    "  override: {priority: replace}",
    "",
  ]);
});

test("the last changes are kept within the size of the file", async () => {
  const page = new Page();
  const long = (i: number): string => `${yaml}# ${i} ${"x".repeat(19_000)}\n`;
  for (let i = 0; i < 120; i++) await page.set({ yaml: long(i) });
  const text = settingsText(page.settings);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_SIZE);
  expect(page.settings.changes.length).toBeGreaterThan(10);
  expect(page.settings.changes.at(-1)?.after?.yaml).toBe(long(119));
});

test("a damaged file causes an error with the reason", () => {
  expect(() => settingsIn("{")).toThrow("not valid JSON");
  expect(() => settingsIn('{"rules":[{"rule":"a","state":"off","user":"u","time":"t"}],"changes":[]}')).toThrow(
    "state",
  );
  expect(() => settingsIn('{"rules":[]}')).toThrow("changes");
});
