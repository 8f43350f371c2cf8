// Queries of a fleet's store return the same results as a journal with the same alerts, for any content. Uses real
// servers: OpenSearch 2 and 3, and the servers at ELASTICSEARCH_URL and OPENSEARCH_URL.
import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realFleets } from "../../../../test/parts/opensearch/fleets.ts";
import type { Entry } from "../../../alert/entry.ts";
import { entry } from "../../../journal/alerts.fixture.ts";
import { LONGEST_KEY } from "../../../output/receiver/elasticsearch/search-keys.ts";
import { freeText } from "../../../query/words.ts";
import { priorities } from "../../../rule/rule.ts";
import { everything, type Filter, filterOf } from "../../filter/filter.ts";
import { journalStore } from "../journal/journal-store.ts";
import type { Store } from "../store.ts";
import { elasticsearchStore } from "./elasticsearch-store.ts";
import type { TestFleet } from "./fleet.fixture.ts";

/** Deterministic random numbers. */
function randomFrom(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const ALERTS = 150;
const BEGAN = BigInt(Date.now() - 3_600_000) * 1_000_000n;
const long = `${"curl ".repeat(LONGEST_KEY / 5)}end`;
const plain: readonly unknown[] = [
  ..."bash|Bash|sh|/usr/bin/ssh|//usr//bin|a*b?c|a\\b|[x]|{y}|é|É|ſtraße|Kelvin \u212a|naïve cafe\u0301".split("|"),
  ..."10|9|-3|1.50|1e3|0x10||<NA>|null|true|x=y|tab\tend|new\nline|nul\u0000end|\u{1f600} smile|<b>".split("|"),
  10,
  9,
  -3,
  1.5,
  true,
];
/** Values that fields with a dedicated journal column never have. */
const odd: readonly unknown[] = [["bash", "sh", 10], [], [["bash"]], { a: "bash" }];
/** Large values, which are used rarely to limit the run time of the test. */
const large: readonly unknown[] = [long, [long, "bash"], "x".repeat(LONGEST_KEY - "own.field=".length)];

function entries(): Entry[] {
  const roll = randomFrom(7);
  return Array.from({ length: ALERTS }, (_, i): Entry => {
    const fields: Record<string, unknown> = { "proc.pid": 100 + roll(40) };
    for (const name of ["proc.name", "container.name", "container.id", "cf.app.name", "proc.ppid"])
      if (roll(5) > 1) fields[name] = plain[roll(plain.length)];
    for (const name of ["fd.name", "own.field"])
      if (roll(5) > 1) fields[name] = [...plain, ...odd][roll(plain.length + odd.length)];
    if (i % 25 === 3) fields["own.field"] = large[roll(3)];
    const made = entry(i, { time: BEGAN + BigInt(i) * 10_000_000_300n + 123n }, fields);
    const { names } = made;
    // JSON can contain numbers that JavaScript cannot represent or would format differently.
    const json = made.values.map((value, at) =>
      names[at] === "own.field" && roll(6) === 0 ? ["12345678901234567890", "1.50", "2e1"][roll(3)]! : value,
    );
    return {
      ...made,
      values: json,
      rule: ["File read", 'Odd "rule" \\ one', "É"][roll(3)]!,
      priority: priorities[roll(8)]!,
      hostname: ["", "node-1", "Node-1"][roll(3)]!,
      tags: [[], ["T1005"], ["T1005", "mitre_x", "a b"]][roll(3)]!,
    };
  });
}

const tests: readonly string[] = [
  ...[
    "bash",
    "Bash",
    "10",
    '""',
    '"<NA>"',
    "null",
    '"a*b?c"',
    '"nul\u0000end"',
    '"{\\"a\\":\\"bash\\"}"',
    '"[]"',
  ].flatMap((value) => ["proc.name", "own.field", "fd.name", "container.name"].map((name) => `${name} = ${value}`)),
  "proc.name != bash",
  "own.field in (bash, sh, 10, 1.50, 1.5)",
  "own.field intersects (bash, sh)",
  "own.field = 12345678901234567890",
  "proc.name exists",
  "own.field exists",
  "cf.app.name exists",
  "fd.sport exists",
  ...['"bash"', '"a*b?"', '"a\\b"', '"é"', '"curl end"', '"[x"', '"\t"'].flatMap((value) =>
    ["contains", "icontains", "startswith", "endswith"].map((operator) => `own.field ${operator} ${value}`),
  ),
  'own.field icontains "STRASSE"',
  'own.field icontains "k"',
  'fd.name icontains "NAÏVE"',
  ...['"*"', '"b?sh"', '"*b\\\\*b*"', '"[ab]*"', '"é"', '"?"', '"??"', '"*end"', '"a\\\\b"'].flatMap((value) =>
    ["glob", "iglob"].map((operator) => `own.field ${operator} ${value}`),
  ),
  "own.field regex '[a-z]+sh'",
  "own.field regex '.*end'",
  "own.field pmatch (/usr)",
  "fd.name pmatch (/usr/bin, bash)",
  ...["<", "<=", ">", ">="].flatMap((operator) =>
    ["proc.pid", "proc.ppid", "own.field"].map((name) => `${name} ${operator} ${name === "proc.pid" ? 120 : 9}`),
  ),
  "priority >= warning",
  "priority != error",
  "priority < notice",
  "priority in (alert, debug)",
  'rule = "Odd \\"rule\\" \\\\ one"',
  "rule contains read",
  "rule icontains É",
  "rule regex 'F.*'",
  'hostname = ""',
  "hostname icontains node-",
  "hostname != node-1",
  "hostname exists",
  "tags exists",
  "tags = T1005",
  "tags != T1005",
  'tags contains "a b"',
  "tags intersects (mitre_x, nothing)",
  "source = syscall",
  'output contains "read the file /etc/file-12 ("',
  'output contains "file-1"',
  'output startswith "cat read"',
  'output endswith "(pid=101)"',
  'output = "nothing"',
  'output regex ".*pid=10[0-9].*"',
  "output exists",
  "uuid contains -",
  "uuid = nothing",
];
const texts = [
  "bash",
  "file*",
  '"read the"',
  '"the read"',
  "é",
  "curl",
  "!",
  '"smile"',
  "end",
  "x*",
  "10",
  "cafe\u0301",
];

describe.each(realFleets)("%s", (_, open, options) => {
  let fleet: TestFleet;
  let journal: Store;
  let store: Store;

  beforeAll(async () => {
    if (options.skip) return;
    fleet = await open();
    await fleet.append(entries());
    journal = journalStore(fleet.journal);
    store = await elasticsearchStore(fleet.settings, journalStore("/nowhere"));
  }, 120_000);
  afterAll(async () => {
    store?.close();
    journal?.close();
    await fleet?.close();
  });

  const brief = (text: string): string => (text.length < 200 ? text : `${text.slice(0, 80)}… ${hash("sha1", text)}`);

  /** The results of all queries of a store for a filter, with long texts shortened. */
  async function saidBy(one: Store, filter: Filter): Promise<unknown> {
    const list = async (order: "newest" | "oldest"): Promise<unknown> => {
      const alerts: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await one.list(filter, { limit: 70, order, ...(cursor && { cursor }) });
        alerts.push(...page.alerts);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return alerts;
    };
    const { groups, next } = await one.groups(filter, { limit: 500 });
    const over = await one.overTime(
      { ...filter, since: filter.since ?? BEGAN, until: filter.until ?? BEGAN * 2n },
      100,
    );
    const said = {
      newest: await list("newest"),
      oldest: await list("oldest"),
      // The journal returns times in microseconds, and the number of open alerts.
      groups: groups.map(({ first, last, open: _, ...group }) => ({
        ...group,
        first: first.slice(0, 26),
        last: last.slice(0, 26),
      })),
      next,
      over,
      counts: await Promise.all(
        [
          ...["rule", "priority", "hostname", "source", "tags", "proc.name", "own.field", "container.name"],
          ...["container", "fd.sport"],
        ].map(async (by) => {
          const { counts, ...others } = await completed(() => one.count(filter, by, 500));
          // Values with equal counts have no defined order. The stores differ only in the position of null.
          return { ...others, counts: counts.map((count) => JSON.stringify(count)).sort() };
        }),
      ),
    };
    return JSON.parse(JSON.stringify(said, (_, value: unknown) => (typeof value === "string" ? brief(value) : value)));
  }

  /** Repeats a count until it is complete: on a busy machine, the search may end early. */
  async function completed<T extends { readonly complete?: boolean }>(count: () => Promise<T>): Promise<T> {
    let result = await count();
    while (result.complete === false) {
      await pause(5); // lets the test's timeout expire
      result = await count();
    }
    return result;
  }

  /**
   * Returns all matching IDs. Sends as many requests as necessary, because a long search ends early and returns a
   * cursor.
   */
  async function idsOf(one: Store, filter: Filter): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await one.list(filter, { limit: 500, order: "newest", ...(cursor !== undefined && { cursor }) });
      ids.push(...page.alerts.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  async function sameAlerts(filter: Filter, what: string): Promise<void> {
    const [a, b] = await Promise.all([store, journal].map((one) => idsOf(one, filter)));
    expect(a, what).toEqual(b);
    const counts = await Promise.all([store, journal].map((one) => completed(() => one.count(filter, "priority", 1))));
    expect(counts[0], what).toEqual(counts[1]);
  }

  const filterFor = (query: string, more: Partial<Filter> = {}): Filter => ({
    ...filterOf({ query }, (name) => journal.isField(name)),
    ...more,
  });

  test("returns the same results as the journal for every filter", { ...options, timeout: 300_000 }, async () => {
    expect(store.isField("own.field")).toBe(true);
    expect(await saidBy(store, everything)).toEqual(await saidBy(journal, everything));
    for (const [i, query] of tests.entries()) {
      const filter = filterFor(query);
      await sameAlerts(filter, query);
      if (i % 3 === 0) await sameAlerts(filterFor(`not (${query})`), `not ${query}`);
      if (i % 10 === 0) expect(await saidBy(store, filter), query).toEqual(await saidBy(journal, filter));
    }
  });

  test("compares times in microseconds", { ...options, timeout: 120_000 }, async () => {
    for (const nanoseconds of [-501n, -500n, 0n, 122n, 123n, 499n, 500n]) {
      const time = BEGAN + 5n * 10_000_000_300n + nanoseconds; // the alert is 123 ns later
      await sameAlerts({ ...everything, until: time }, `until ${time}`);
      await sameAlerts({ ...everything, since: time }, `since ${time}`);
    }
  });

  test("finds values that are too long for the index", {
    ...options,
    timeout: 120_000,
  }, async () => {
    for (const value of [long, `${long}x`, "x".repeat(LONGEST_KEY - "own.field=".length), '{"a":"bash"}', '["bash"]'])
      for (const operator of ["=", "!=", "contains", "endswith", "in"] as const)
        await sameAlerts(
          { ...everything, condition: { kind: "test", name: "own.field", operator, values: [value] } },
          `${operator} ${value.slice(0, 10)}… (${value.length})`,
        );
  });

  test("evaluates nested conditions with words and times", { ...options, timeout: 300_000 }, async () => {
    const roll = randomFrom(11);
    const condition = (depth: number): string => {
      if (depth === 0 || roll(3) === 0) return tests[roll(tests.length)]!;
      if (roll(3) === 0) return `not (${condition(depth - 1)})`;
      const joined = roll(2) === 0 ? " and " : " or ";
      return `(${Array.from({ length: 2 + roll(2) }, () => condition(depth - 1)).join(joined)})`;
    };
    for (let i = 0; i < 60; i++) {
      const query = condition(3);
      const since = BEGAN + BigInt(roll(ALERTS)) * 10_000_000_300n + BigInt(roll(3000));
      const text = roll(2) === 0 ? "" : texts[roll(texts.length)];
      const filter = filterFor(query, {
        words: freeText(text!),
        ...(roll(2) === 0 && { since }),
        ...(roll(2) === 0 && { until: since + 600_000_000_000n }),
      });
      await sameAlerts(filter, `${text} ${query}`);
    }
  });

  test("finds words in rules, messages and values", { ...options, timeout: 120_000 }, async () => {
    for (const text of texts) {
      await sameAlerts({ ...everything, words: freeText(text) }, text);
    }
  });
});
