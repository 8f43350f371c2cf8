// The text of docs/api.md: what is said here, and the tables that follow from the routes; and docs/openapi.json.
import { version } from "../src/agent/home.ts";
import { openApi, parametersOf } from "../src/api/openapi.ts";
import type { Route } from "../src/api/route.ts";
import { routes } from "../src/api/routes.ts";

/** The OpenAPI document, as it is served at `/api/v1/openapi.json`. */
export function openApiDocument(): string {
  return `${JSON.stringify(openApi(routes, version()), null, 1)}\n`;
}

export function apiDocument(note: string): string {
  return `# The web page's API

${note}\`eyas start\` serves the web page and its API, \`eyas run\` does where \`web_page.enabled\` is set, and \`eyas page\` does
over a journal without watching anything:

\`\`\`
sudo eyas run -o web_page.enabled=true
eyas page --journal /backup/journal.db --listen 127.0.0.1:0
\`\`\`

It listens on \`127.0.0.1:8766\` unless \`web_page\` in [configuration.md](configuration.md) says otherwise. All of it runs in a thread
of its own: no question about a million alerts holds up the events. What is below is also to be had as an OpenAPI document,
[openapi.json](openapi.json), at \`/api/v1/openapi.json\`.

What the page shows is in [page.md](page.md), trying rules in [playground.md](playground.md), and the page over the alerts of a whole fleet
in [page-fleet.md](page-fleet.md).

## Users and tokens

The first start makes a user \`admin\`. \`eyas start\` prints the page's address with that user's token behind a \`#\`, which no browser
sends to a server; \`eyas run\`, whose words end up in logs, says how to make one. Tokens are 256 random bits, shown once: the file
(\`web_page.users_file\`, mode 600) holds their hashes.

\`\`\`
sudo eyas users add maria --role responder
sudo eyas users renew admin
sudo eyas users list
sudo eyas users remove maria
\`\`\`

| role | may |
|---|---|
| \`viewer\` | look at everything but the audit trail |
| \`responder\` | also acknowledge, close and comment, propose exceptions, fetch the last events |
| \`admin\` | also apply exceptions, stop and resume responses, read the audit trail |

Programs show the token: \`Authorization: Bearer TOKEN\`. The page signs in with it (\`POST /session\`) and gets a cookie that scripts can't
read and other sites' pages can't send (\`HttpOnly\`, \`SameSite=Strict\`, under TLS \`Secure\`). It lasts 12 hours, over restarts, and ends
when its user is taken away or gets another token. Whoever shows a cookie also shows, with everything but GET, the header \`x-eyas-csrf\`
with what \`GET /session\` says. Signing out ends it, also for whoever has copied the cookie; after a restart of the program a copy would count again
until its 12 hours are over, \`eyas users renew\` ends it for good. Cookies know no ports: another server on the same host name gets it
too when the same browser goes there.

What people do is written down in the journal with who, when and from where: sign-ins, of those that were refused the first of a client in a minute, what becomes of
alerts, exceptions, responses that are stopped and resumed. \`GET /users/audit\` reads it.

To let other machines in, set \`web_page.listen_address\` and a certificate (\`web_page.certificate\`). A name that the page is asked for under, other
than the machine's own, has to be in \`web_page.hosts\`: otherwise a page of somebody else's could point its name at this machine
and read along.

## Asking for alerts

\`\`\`
$ curl -sH "Authorization: Bearer $TOKEN" -G http://127.0.0.1:8766/api/v1/alerts \\
    --data-urlencode 'query=priority >= warning and k8s.ns.name = shop' -d since=2h -d limit=10
\`\`\`

\`query\` is a condition of the rule language. It names what every alert has (\`rule\`, \`priority\`, \`source\`, \`hostname\`, \`tags\`, \`output\`, \`uuid\`)
and every field that alerts have (\`proc.name\`, \`fd.name\`, …). \`and\`, \`or\`, \`not\` and parentheses join comparisons: \`=\`, \`!=\`, \`<\`, \`<=\`, \`>\`, \`>=\`,
\`contains\`, \`icontains\`, \`startswith\`, \`endswith\`, \`glob\`, \`iglob\`, \`regex\`, \`in (…)\`, \`intersects (…)\`, \`pmatch (…)\`, \`exists\`. \`priority >= warning\` is warning and everything more severe.
A field that an alert lacks is equal to nothing, so \`!=\` holds for it; of a list one member that fits is enough.

\`text\` are words of the rule's name, the message or a value: all of them have to be there; \`"two words"\` one after the other, \`begin*\`
the beginning of one.

Answers come in bounded time. A list may hold fewer alerts than \`limit\` and still have a \`next\`: the search through the rest goes on
with \`cursor=<next>\`. Counts that could not look at everything in time have \`"complete": false\` and say in \`searched\` how far back
they reach.

\`\`\`
$ curl -sNH "Authorization: Bearer $TOKEN" 'http://127.0.0.1:8766/api/v1/events?text=shadow'
event: alert
id: 01a2124c-3fd1-7720-a4bf-1d338c6e61a8
data: {"id":"01a2124c-3fd1-7720-a4bf-1d338c6e61a8","time":"2026-11-25T10:41:56.682047678Z","rule":"Credential file read by unexpected program",…}
\`\`\`

## What is kept beside an alert

When an alert is raised the journal also keeps the processes that led to it (pid, command line, executable, user, when it began),
and which part of the rule's condition matched, with the values that were compared. Outputs don't get these. Of a flood of alerts the
first 20 a second are explained. Command lines may hold secrets; the journal is its owner's alone to read, and the page shows them to
every user.

## Exceptions

\`POST /alerts/{id}/exception\` proposes one as an author would write it: who (\`proc.exepath\`, or \`proc.name\`), what (\`fd.name\`), and where (image, app,
namespace); or from the fields that the body names. It says what else it would have hidden in the last 30 days. \`POST /exceptions\` appends
it to \`web_page.exceptions_file\`, which is loaded after all other rule files, once the rules were found to load with it; rules
are then loaded again without a gap. Only exceptions can be appended so: no rule, macro or list can be changed.

## Everything

All paths are under \`/api/v1\`. Answers are JSON; times are ISO 8601 with Z. A refusal is \`{"error": {"code": "…", "message": "one sentence"}}\`.
Parameters that a path does not take are refused.

| path | role | what it does | parameters |
|---|---|---|---|
${routes.map(row).join("\n")}

▲: ${Object.entries(filters())
    .map(([name, about]) => `\`${name}\`: ${about}`)
    .join(" ")}
`;
}

function row(route: Route): string {
  const { method, path, role, about } = route;
  const names = parametersOf(route).map(({ name }) => name);
  const isFiltered = Object.keys(filters()).every((name) => names.includes(name));
  const own = names.filter((name) => !isFiltered || !Object.hasOwn(filters(), name)).map((name) => `\`${name}\``);
  const shown = [...(isFiltered ? ["▲"] : []), ...own].join(", ");
  return `| \`${method} ${path}\` | ${role ?? "nobody's"} | ${about.replaceAll("|", "\\|")} | ${shown} |`;
}

function filters(): Readonly<Record<string, string>> {
  const found = routes.find(({ path }) => path === "/events");
  return Object.fromEntries(found === undefined ? [] : parametersOf(found).map(({ name, about }) => [name, about]));
}
