import type { DrillAction } from "../src/drill/action.ts";
import { DRILL_ACTIONS } from "../src/drill/actions.ts";
import { anchor } from "./table.ts";

/** docs/drill.md. */
export function drillDocument(): string {
  const actions = DRILL_ACTIONS;
  return `# The drill

<!-- Made from src/drill/actions.ts by scripts/document-drill.ts. -->

\`eyas drill\` does ${actions.length} things that look hostile and harm nothing, so that every stable default rule fires at least once. Start
the sensor in one terminal and the drill in another:

\`\`\`
sudo eyas run
sudo eyas drill
\`\`\`

\`\`\`
eyas drill --list                              what each action does; nothing is done
sudo eyas drill --only read-shadow shred       these two
sudo eyas drill --benign                       the benign twins: nearly the same, and no rule fires
eyas drill --check alerts.jsonl                which actions do these alerts show?
\`\`\`

It takes about ten seconds. Without root, actions that need it are skipped and say so.

- No real file is changed. Of the files of the system, /etc/shadow is the only secret one that is read, and what is read is thrown away.
- Nothing leaves the machine: connections go to the loopback address or stay inside a network namespace that ends there.
- Programs with alarming names are links to or copies of \`true\`, \`cat\`, a shell or Node.js.
- "In a container" means in a cgroup whose path has the form that container engines use. There is no container.
- When the drill ends, is interrupted with Ctrl-C or ended with SIGTERM, it ends its processes and removes its folders and cgroups.
  After SIGKILL what may be left are folders called \`eyas-drill-…\` in the temporary folder and in /dev/shm, and empty cgroups.

| action | rule | needs |
|---|---|---|
${actions.map((action) => `| [${action.name}](#${anchor(action.name)}) | [${action.rule}](rules.md#${anchor(action.rule)}) | ${action.needs.join(", ")} |`).join("\n")}

${actions.map(actionSection).join("\n\n")}
`;
}

function actionSection(action: DrillAction): string {
  return `## ${action.name}

${action.does}

- Fires: [${action.rule}](rules.md#${anchor(action.rule)})
- Harmless: ${action.harmless}
- Clean-up: ${action.cleanUp}
- Benign twin: ${action.twin}`;
}
