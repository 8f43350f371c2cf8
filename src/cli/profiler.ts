import { userNamedSources } from "../agent/documents/settings.ts";
import { defaultRulesOf, readyRules } from "../agent/load/ready-rules.ts";
import { observe, secondsIn } from "../agent/observe.ts";
import { print, printJsonText } from "../telemetry/print.ts";
import { conditionTrees } from "../workbench/condition-tree.ts";
import { profiler } from "../workbench/profile/profile.ts";
import { profileOf } from "../workbench/profile/report.ts";
import { profileText } from "../workbench/profile/text.ts";
import type { ProfileOptions } from "./profile.ts";
import { positive, printLeftOut, readSettings } from "./settings.ts";
import { terminalStyle } from "./terminal.ts";

/** `eyas profile`: measures rules with the events of a capture or of this machine. */
export async function profileRules(file: string | undefined, options: ProfileOptions): Promise<void> {
  const top = positive(options.top, "--top");
  const seconds = file === undefined ? secondsIn(options.for, "--for") : undefined;
  const settings = await readSettings(options);
  const { config } = settings;
  const { source } = options;
  const sources = [source, ...userNamedSources(config)];
  const ready = await readyRules(settings.rules ?? defaultRulesOf([source]), config, "all", "", { sources });
  printLeftOut(ready);
  const { loaded } = ready;
  const { ruleset } = ready.of(source);
  const profiling = profiler(ruleset, conditionTrees(loaded.definitions));
  const events = await observe({
    source,
    file,
    seconds,
    config,
    rules: ruleset.rules,
    wants: ready,
    look: profiling.look,
    done: () => false,
  });
  const profile = profileOf(profiling, events);
  (options.json ? printJsonText : print)(
    options.json ? `${JSON.stringify(profile)}\n` : profileText(profile, top, terminalStyle(false)),
  );
}
