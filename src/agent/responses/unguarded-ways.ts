import type { Config } from "../../config/load.ts";
import type { Origin } from "../../config/origin.ts";
import type { Action } from "../../response/action.ts";
import { isCall } from "../../response/limit/protected.ts";
import { answersReceived } from "../../response/limit/received.ts";
import type { Response } from "../../response/rule/response.ts";
import type { Received } from "../../response/settings.ts";
import { asksWho } from "../../server/credentials.ts";
import { enabledSources, keysOf, type SourceSettings, sourceSettings } from "../documents/settings.ts";

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
  return asksWho(alert_intake) ? "platforms" : "calls";
}

/** The ways in by which everybody who reaches them may have something done to somebody; told of may be whoever is. */
export function unguardedWays(config: Config, responses: readonly Response[]): readonly UnguardedWay[] {
  const actions = responses.flatMap(({ actions }) => actions.map(({ action }) => action)).filter((one) => !isCall(one));
  const ways: UnguardedWay[] = [];
  const add = (where: string, may: readonly Action[], mend: string): void => {
    const names = [...new Set(may.map(({ name }) => name))];
    if (names.length > 0) ways.push({ where, actions: names, mend });
  };
  if (config.alert_intake.enabled && !asksWho(config.alert_intake)) {
    const received = receivedOf(config);
    const may = actions.filter((action) => answersReceived(received, action));
    add("alert_intake", may, "alert_intake.token or alert_intake.client_authority keeps others out");
  }
  for (const source of enabledSources(config)) {
    const settings = sourceSettings(config, source);
    for (const origin of settings.from) {
      const key = keyFor(origin, settings);
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

/** The key that makes senders say who they are, "" where there is none; undefined where they do, or a file's mode says who may. */
function keyFor(origin: Origin, settings: SourceSettings): string | undefined {
  if (origin.kind === "http") return asksWho(settings) ? undefined : "token";
  if (origin.kind !== "syslog" || "path" in origin || settings.client_authority !== "") return undefined;
  return origin.over === "udp" ? "" : "client_authority";
}
