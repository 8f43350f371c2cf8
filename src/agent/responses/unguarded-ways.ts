import type { Config } from "../../config/load.ts";
import type { Action } from "../../response/action.ts";
import { isCall } from "../../response/brake/never.ts";
import { answersReceived } from "../../response/brake/received.ts";
import type { Response } from "../../response/rule/response.ts";
import type { Received } from "../../response/settings.ts";
import { requiresAuthentication } from "../../server/authentication.ts";
import { originDescriptor } from "../../source/origin/parse.ts";
import { enabledSources, keysOf, sourceSettings } from "../documents/settings.ts";

/** A way in that asks nobody who he is, though what comes through it has things done. */
export interface UnguardedWay {
  /** `alert_intake`, or where events of a source come from. */
  readonly where: string;
  /** What may be done, by name. */
  readonly actions: readonly string[];
  /** A clause that says how others are kept out. */
  readonly mend: string;
}

/** Which alerts of others are answered. Those of just anybody end no pods, unless somebody says that they do. */
export function receivedOf({ responses, alert_intake }: Config): Received {
  if (responses.received !== "auto") return responses.received;
  return requiresAuthentication(alert_intake) ? "platforms" : "calls";
}

/** The ways in by which everybody who reaches them may have something done to somebody; told of may be whoever is. */
export function unguardedWays(config: Config, responses: readonly Response[]): readonly UnguardedWay[] {
  const actions = responses.flatMap(({ actions }) => actions.map(({ action }) => action)).filter((one) => !isCall(one));
  const ways: UnguardedWay[] = [];
  const add = (where: string, may: readonly Action[], mend: string): void => {
    const names = [...new Set(may.map(({ name }) => name))];
    if (names.length > 0) ways.push({ where, actions: names, mend });
  };
  if (config.alert_intake.enabled && !requiresAuthentication(config.alert_intake)) {
    const received = receivedOf(config);
    const may = actions.filter((action) => answersReceived(received, action));
    add("alert_intake", may, "alert_intake.token or alert_intake.client_authority keeps others out");
  }
  for (const source of enabledSources(config)) {
    const settings = sourceSettings(config, source);
    for (const origin of settings.from) {
      const key = originDescriptor(origin).missingAuthentication(origin, settings);
      if (key === undefined) continue;
      add(
        origin.text,
        actions,
        key === "" ? "a network of its own keeps others out" : `${keysOf(source)}.${key} keeps others out`,
      );
    }
  }
  return ways;
}
