import { allActions } from "../src/cli/respond-list.ts";
import type { Action, Parameter } from "../src/response/action.ts";
import { fieldsOf, isCall } from "../src/response/action.ts";
import { actions as known } from "../src/response/list.ts";
import { withFallbacks } from "../src/response/parameters.ts";
import { timeText } from "../src/response/rule/measures.ts";
import { talonActions } from "../src/response/rule/talon-names.ts";

/** `docs/responses.md`: how alerts are answered, and every action with what it needs. */
export async function responsesDocument(note: string): Promise<string> {
  const actions = await allActions();
  const table = actions.map(({ name, about }) => `| [\`${name}\`](#${anchor(name)}) | ${cell(about)} |\n`).join("");
  return `# Responses\n\n${note}${GUIDE}${talonNames()}.\n${ACTIONS}${table}\n${actions.map(actionText).join("\n")}`;
}

/** As pages make anchors of headings. */
function anchor(name: string): string {
  return name.replace(/[^a-z0-9-]/g, "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function talonNames(): string {
  return talonActions
    .filter((name) => Object.hasOwn(known, name))
    .map((name) => `\`${name}\``)
    .join(", ");
}

function actionText(action: Action): string {
  const { name, about, parameters, permissions, continues, repeatable, cooldown } = action;
  const rows = Object.entries(parameters).map(([key, parameter]) => parameterRow(key, parameter));
  const table =
    rows.length === 0 ? "" : `| parameter | takes | without it | meaning |\n|---|---|---|---|\n${rows.join("")}\n`;
  const facts = [
    continues ? "Further actions follow it." : "No further action follows it, unless the rule has `continue: true`.",
    repeatable ? "Doing it twice does no harm: after a crash it is done again." : "After a crash it is not done again.",
    isCall(action)
      ? "It has no cooldown."
      : cooldown === undefined
        ? ""
        : `Its target is left alone for ${timeText(cooldown)} after it.`,
  ];
  const fields = fieldsOf(action, withFallbacks(parameters, {})).map((field) => `\`${field}\``);
  const looks = fields.length === 0 ? "" : `Fields that it may look at: ${fields.join(", ")}.\n\n`;
  const needs = permissions.map((line) => `- ${permissionText(line)}\n`).join("");
  return `### ${name}\n\n${about}\n\n${facts.filter(Boolean).join(" ")}\n\n${table}${looks}It needs:\n\n${needs}`;
}

/** What is to be copied as it is stands apart. */
function permissionText(line: string): string {
  return line.startsWith("{") ? `\`${line}\`` : line;
}

function parameterRow(name: string, { about, takes, required, fallback, secret }: Parameter): string {
  const otherwise = required ? "has to be there" : fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
  return `| \`${name}\` | ${cell(takes)} | ${cell(otherwise)} | ${cell(about)}${secret ? " It is shown nowhere." : ""} |\n`;
}

const GUIDE = `What Eyas does about an alert beyond telling it: end the process, the pod, the app's instance; block an address; call a function.
Response rules say when. Brakes keep an automatic answer from becoming an outage of its own, and every step is in the journal
before it is taken.

\`\`\`yaml
# responses.yaml
- response: Kill who reads the passwords
  match: rule = "Credential file read by unexpected program" and priority >= warning and container.id = host
  actions:
    - host:kill

- response: End instances that run shells
  description: The platform starts a new one; the old one can be looked at in the alert.
  match: cf.app.id exists and rule in ("Interactive shell started in container", "Netcat or socat shell started in container")
  actions:
    - action: cloud-foundry:terminate
      continue: true
      budget: 5/1h
    - action: webhook:signed
      parameters:
        url: https://chat.example.org/hooks/security
        secret: \${WEBHOOK_SECRET}
\`\`\`

\`\`\`yaml
# eyas.yaml
responses:
  rules_files: [/etc/eyas/responses.yaml]
  parameters:
    cloud-foundry: {api: "https://api.example.org", client_id: eyas, client_secret_file: /etc/eyas/cf-secret}
\`\`\`

\`eyas check responses.yaml\` says whether all is right with the rules, \`eyas respond list\` what there is, and with \`responses.dry_run: true\`
nothing is done while the journal says what would have been. [configuration.md](configuration.md) has all keys of \`responses\`.
[responses-platforms.md](responses-platforms.md) sets up Kubernetes, Cloud Foundry, Marathon and functions.

## Rules

A file is a list. An entry is a \`response\`, or a \`list\` or \`macro\` as in [rule files](rule-files.md).

| key | meaning | without it |
|---|---|---|
| \`response\` | its name | |
| \`description\` | for people | |
| \`match\` | a condition on the alert | |
| \`actions\` | what is done, in this order | |
| \`continue\` | whether further response rules are looked at for the same alert | true |
| \`dry_run\` | nothing is done; the journal says what would have been | false |
| \`enabled\` | whether it counts | true |

The condition is of the same language as those of rules, about the alert: \`rule\`, \`priority\`, \`source\`, \`tags\`, \`hostname\`, \`output\`, and every
field that alerts have.

- \`priority >= warning\` is a warning and everything more severe.
- \`tags intersects (network, T1071)\`: one of these; \`tags in (…)\`: no others than these.
- A field that the alert doesn't have makes every comparison false, \`!=\` too; \`not proc.name = sh\` holds then.
- Fields of other installations' alerts and of plugins are text.

Fields that conditions and actions look at are added to all alerts whose events have them, so a rule's output needn't name them.

An action is its name, or has these keys:

| key | meaning | without it |
|---|---|---|
| \`action\` | what is done: [all actions](#actions) | |
| \`parameters\` | the action's own, by name; those that don't have the name of another key may stand beside them | as the action has it, or as \`responses.parameters\` of the configuration has it for all actions of its kind |
| \`continue\` | whether further actions follow | as the action has it |
| \`ignore_errors\` | further actions follow although this one failed | false |
| \`cooldown\` | how long its target is left alone after it | the action's, else \`responses.cooldown\` |
| \`budget\` | how often at the most it is done for this rule, like \`5/1h\` | without limit of its own |
| \`timeout\` | how long it may take | \`responses.timeout\` |
| \`dry_run\` | it is not done; the journal says what would have been | false |

Actions of one rule are done one after the other; rules that match one alert don't wait for each other. What is skipped counts as
done for those that follow; what fails ends the rule, unless \`ignore_errors\` is set.

**What an alert tells is data.** No text of an alert becomes part of a command, an address, a header or a script: rules have no
templates. Programs that an action runs are told of the alert in their environment, and functions as JSON.

\`\${NAME}\` in a parameter is a variable of the environment, \`$\${NAME}\` is \`\${NAME}\` itself; scripts and commands are taken as they are. Parameters
for secrets have a sibling that ends in \`_file\` and names a file in their place. Secrets are shown nowhere: not in the log, the
journal or a message.

## Brakes

Every brake is asked before every action, in this order. What it holds back is in the journal, with the reason.

| reason | what holds back |
|---|---|
| \`missing\` | The alert doesn't tell what it is to be done to. |
| \`paused\` | The switch: \`eyas respond pause\`, or \`responses.paused\`. |
| \`elsewhere\` | The alert was posted to \`alert_intake\`, and \`responses.received\` doesn't have this action answer it: [whom to believe](#whom-to-believe). |
| \`old\` | The event was more than \`responses.max_age\` ago, as after a standstill. |
| \`never\` | \`responses.never\`: targets, namespaces, programs, users. Process 1, Eyas and what it descends from are always among them. Programs are told by their file, which only root can have put there, not by what a process calls itself; they count outside containers only. |
| \`cooldown\` | The same was done to the same target a short while ago. After a failure there is no cooldown. |
| \`budget\` | \`responses.budget\` in all (\`all\`), for a namespace or app (\`scope\`), of functions (\`calls\`), or the rule's own. What is asked counts, whatever comes of it. Alerts that were posted to \`alert_intake\` are counted apart. |
| \`dry_run\` | Nothing held it back: it would be done now. |
| \`nothing\` | The action itself found that there is nothing to do, or that it must not be done. |

The first time that a budget is used up is an alert of its own, "Eyas internal: response budget used up", of source \`internal\`.

Functions and webhooks are told of things and do nothing to them by themselves: they have no cooldown, a budget of their own, and
are called for what is never touched, too. Not more than \`responses.concurrency\` actions of one kind are under way at once; others wait for
their turn, and hold up nothing else. Brakes hold over restarts: they count what the journal has.

## Whom to believe

Rules act on what alerts say, and who may write what they say may have things done.

**Alerts of others** (\`alert_intake\`) say what their senders like, also that they are of this machine. Which actions answer them is
\`responses.received\`: \`none\`; \`calls\`, functions and webhooks; \`platforms\`, these and all that touches nothing on this machine, as a fleet
of Falcos wants it; \`all\`, those on this machine too, as for a Falco that runs beside Eyas. Where nothing is said it is \`platforms\` if the door
asks for a token or a certificate (\`alert_intake.token\`, \`token_file\`, \`client_authority\`), and \`calls\` if it does not.

**Documents** (\`sources\`: audit logs, IDS, firewalls, JSON) are judged by rules here, and what they name may be deleted, cut off or blocked because of
them. An audit event that somebody makes up has \`kubernetes:delete\` delete what it names, a flow that somebody makes up has \`host:kill\` end the process
that it belongs to. So a source that responses act on is to be posted to a door
that asks for a token or a certificate, read from a file that only its writer can write, or taken from a broker that knows who sends. Over UDP
nobody can be asked.

**Packets** say what their senders like of where they are from: a rule that blocks the source of a single packet (\`host:block\`) blocks whom somebody else
chose. \`except\` of that action has the addresses that you can't do without; those of this machine's own are always among them.

At its start and when it loads its configuration again, Eyas warns of every way in that asks nobody who he is while response rules have something done.
An address of the loopback counts as such a way: every user of the machine reaches it.

## The switch

\`\`\`sh
sudo eyas respond pause --reason 'deploying'     # all responses stop, at once
eyas respond                                     # … says who stopped them, when and why
sudo eyas respond resume
\`\`\`

The switch is in the journal, so it is as it was after a restart. What has begun is not taken back; what waits is skipped.

## What was done

\`\`\`
$ eyas respond history -n 2
2026-07-30 12:34:56  done     cloud-foundry:terminate → instance web/2 of app 11111111-2222-3333-4444-555555555555
    End instances that run shells ← "Interactive shell started in container" (48211)  instance web/2 … is ended [212 ms]
\`\`\`

Each action for each alert is a step of the journal, written before it is taken:

| state | meaning |
|---|---|
| \`waiting\` | it is decided, and waits for its turn |
| \`asked\` | it is under way: on disk before anything happens |
| \`done\`, \`failed\` | with what was answered, and how long it took |
| \`skipped\` | with the reason, as above |
| \`unknown\` | the program ended while it was under way |

\`eyas alerts --show\` has the steps of an alert, \`eyas alerts --json\` exports them with it, \`eyas respond history --json\` all of them. Outcomes that
\`responses.report\` names are alerts too ("Eyas internal: response done", \`… failed\`, \`… unknown\`), and go to the outputs like all others; no response
rule ever answers those. [Metrics](metrics.md) are \`eyas_responses_total\`, \`eyas_responses_skipped_total\` and their neighbours.

**Nothing is done twice without saying so.** After a crash, what was \`asked\` becomes \`unknown\`. It is begun again, as a further attempt with
the same key, only where doing it twice does no harm: the [actions](#actions) say so. Whoever is asked can tell repetitions by the key.
What waited is done, if it isn't too old by then.

Alerts that the journal could not keep, as on a full disk, are not answered.

**How quickly.** An alert is answered when it is on disk, and its action begins when that is on disk, too: some milliseconds after the
event. Two things take longer: an event in a container that has just begun waits for what its runtime says of it
(\`containers.patience\`, a second at the most), and a disk that is busy. Answers are given by a thread of its own: whoever is called, and
however slow, holds up neither events nor outputs.

## Trying

- \`eyas respond test 48211\` says what would be done about an alert of the journal; a file with alerts in JSON does as well.
- \`eyas replay attack.scap.gz --respond dry-run --responses responses.yaml\` says it of all alerts of a recording.
- \`eyas test\` has [cases](testing-rules.md#response-rules) for response rules.

## Falco Talon's rules

Files of Talon's load as they are, beside others: reusable actions (\`action\` with \`actionner\`) and rules (\`rule\` with \`match\` and \`actions\`). Matching is
Talon's: all keys of \`match\` have to hold; \`rules\`, \`tags\` and \`output_fields\` list alternatives; a comma within one of them joins; a missing field is
unlike every text. What has the same name in several files is one thing: lists grow, the rest is replaced where it is given; where a rule
uses a reusable action, what the rule says counts. \`output\` and \`additional_contexts\` go to the actions that take them, \`notifiers\` are not used:
what was done goes to Eyas's outputs. Parameters that an action here doesn't have are left out, with a warning that names
the line. Talon's actions, which are all here: `;

const ACTIONS = `
## Actions

| action | what it does |
|---|---|
`;
