import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { loadConfig } from "../../config/load.ts";
import type { LogLine } from "../../telemetry/log-lines.ts";
import { type AlertIntake, openAlertIntake } from "./alert-intake.ts";
import { asksForFirstToken, withFirstToken } from "./first-token.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "eyas-first-token-"));

let intake: AlertIntake | undefined;
afterEach(async () => {
  await intake?.close();
  intake = undefined;
});

async function configured(...settings: readonly string[]) {
  const { config, diagnostics } = await loadConfig(undefined, settings);
  expect(diagnostics).toEqual([]);
  return config;
}

test("listeners on a loopback address require the first token if the machine has other users", async () => {
  const asks = async (others: boolean, ...settings: readonly string[]) => {
    const { alert_intake: own } = await configured(...settings.map((one) => `alert_intake.${one}`));
    return asksForFirstToken(own, own.listen_address, () => others);
  };
  expect(await asks(true)).toBe(true);
  expect(await asks(true, "listen_address=::1")).toBe(true);
  expect(await asks(false)).toBe(false);
  expect(await asks(true, "listen_address=0.0.0.0")).toBe(false);
  expect(await asks(true, "token=s3cret")).toBe(false);
  expect(await asks(true, "client_authority=/etc/ca.pem")).toBe(false);
  expect(await asks(true, "require_token=never")).toBe(false);
  expect(await asks(false, "require_token=always", "listen_address=0.0.0.0")).toBe(true);
});

test("the token file is created once in the directory of the journal, and only its owner can read it", async () => {
  const place = folder();
  const config = await configured(`journal.path=${place}/journal.db`, "alert_intake.require_token=always");
  const first = withFirstToken(config.alert_intake, "127.0.0.1", config, "alert_intake");
  const { token_file: file } = first;
  expect(file).toBe(join(place, "intake-token"));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const token = readFileSync(file, "utf8");
  expect(token).toMatch(/^[\w-]{43}\n$/);
  withFirstToken(config.alert_intake, "127.0.0.1", config, "alert_intake");
  expect(readFileSync(file, "utf8")).toBe(token);
  chmodSync(file, 0o644);
  expect(() => withFirstToken(config.alert_intake, "127.0.0.1", config, "alert_intake")).toThrow("chmod 600");
  rmSync(file);
  writeFileSync(join(place, "other"), "known", { mode: 0o600 });
  symlinkSync(join(place, "other"), file);
  expect(() => withFirstToken(config.alert_intake, "127.0.0.1", config, "alert_intake")).toThrow("must be a file");
});

test("an alert intake without a configured token responds with 401 to requests without the first token", async () => {
  const place = folder();
  const config = await configured(
    ...[`journal.path=${place}/journal.db`, "alert_intake.enabled=true", "alert_intake.listen_port=0"],
    "alert_intake.require_token=always",
  );
  const [kept, lines]: [Alert[], LogLine[]] = [[], []];
  const keep = async (alerts: readonly Alert[]) => void kept.push(...alerts);
  intake = await openAlertIntake(
    config,
    "node-1",
    keep,
    () => {},
    (line) => void lines.push(line),
  );
  const said = lines.map(({ message }) => message).join("\n");
  expect(said).toContain(`requires the token in ${place}/intake-token`);
  const url = /http:\S+\d/.exec(said)?.[0] ?? "";
  const alert = {
    ...{ hostname: "node-1", output: "x", priority: "Warning", rule: "Terminal shell", output_fields: { a: 1 } },
    time: new Date().toISOString(),
  };
  const post = (token?: string) =>
    fetch(url, {
      method: "POST",
      body: JSON.stringify(alert),
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    });
  const refused = await post();
  expect([refused.status, await refused.text()]).toEqual([
    401,
    "A token is required; send the header Authorization: Bearer TOKEN. The path of the token file is in the log. alert_intake.require_token=never disables the token.\n",
  ]);
  for (let i = 0; i < 300; i++) expect((await post(`wrong-${i}`)).status).toBe(401);
  expect((await post(readFileSync(join(place, "intake-token"), "utf8").trim())).status).toBe(200);
  expect(kept.length).toBe(1);
  expect(kept[0]?.json).toContain('"hostname":"node-1"'); // the sender has authenticated
});
