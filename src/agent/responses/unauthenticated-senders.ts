import type { Config } from "../../config/load.ts";
import { type Action, isCall } from "../../response/action.ts";
import { respondsToReceived } from "../../response/limit/received.ts";
import type { Response } from "../../response/rule/response.ts";
import type { Received } from "../../response/settings.ts";
import { requiresAuthentication } from "../../server/authentication.ts";
import { hasOtherUsers } from "../../server/other-users.ts";
import { originDescriptor } from "../../source/origin/parse.ts";
import { enabledSources, keysOf, sourceSettings } from "../documents/settings.ts";
import { asksForFirstToken } from "../intake/first-token.ts";

/** An endpoint without authentication whose alerts or documents can trigger actions. */
export interface UnauthenticatedSender {
  /** `alert_intake`, or the address of a source. */
  readonly where: string;
  /** Names of the actions that can be triggered. */
  readonly actions: readonly string[];
  /** Instruction for requiring authentication, as an imperative clause. */
  readonly remedy: string;
}

/**
 * The value of `responses.received`. `auto` becomes `platforms` if the alert intake requires authentication, otherwise
 * `calls`.
 */
export function receivedSetting({ responses, alert_intake }: Config): Received {
  if (responses.received !== "auto") return responses.received;
  return requiresAuthentication(alert_intake) ? "platforms" : "calls";
}

/**
 * Endpoints at which any client can trigger actions, except actions that only call functions or webhooks.
 * @param hasOthers returns whether this machine has other users, in which case listeners may require the first token
 */
export function unauthenticatedSenders(
  config: Config,
  responses: readonly Response[],
  hasOthers = hasOtherUsers,
): readonly UnauthenticatedSender[] {
  const actions = responses.flatMap(({ actions }) => actions.map(({ action }) => action)).filter((one) => !isCall(one));
  const senders: UnauthenticatedSender[] = [];
  const add = (where: string, triggered: readonly Action[], remedy: string): void => {
    const names = [...new Set(triggered.map(({ name }) => name))];
    if (names.length > 0) senders.push({ where, actions: names, remedy });
  };
  const { alert_intake: intake } = config;
  const asks = asksForFirstToken(intake, intake.listen_address, hasOthers);
  if (intake.enabled && !requiresAuthentication(intake) && !asks) {
    const received = receivedSetting(config);
    const triggered = actions.filter((action) => respondsToReceived(received, action));
    add("alert_intake", triggered, "set alert_intake.token or alert_intake.client_authority");
  }
  for (const source of enabledSources(config)) {
    const settings = sourceSettings(config, source);
    for (const origin of settings.from) {
      const key = originDescriptor(origin).missingAuthentication(origin, settings);
      if (key === undefined || (origin.kind === "http" && asksForFirstToken(settings, origin.host, hasOthers)))
        continue;
      add(origin.text, actions, key === "" ? "restrict access to its network" : `set ${keysOf(source)}.${key}`);
    }
  }
  return senders;
}
