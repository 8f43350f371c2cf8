import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { everything } from "../filter/filter.ts";
import { named, object, text } from "../json-schema.ts";
import { isTechnique, mitreOf, tactics, techniqueName } from "../mitre.ts";
import type { Parts } from "../parts.ts";
import { notFound, Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";
import type { RuleFacts } from "../sensor.ts";
import type { Hits } from "../store/store.ts";

/** Rules that are loaded, and what there is to try others on. */
export function ruleRoutes(parts: Parts): readonly Route[] {
  const { sensor, store } = parts;
  return [
    {
      method: "GET",
      path: "/rules",
      role: "viewer",
      about: "All rules that are loaded, with how often they fired in the last day.",
      answer: named("Rules"),
      take: async () => {
        const hits = await store.hits();
        return { json: { rules: sensor.rules().rules.map((rule) => rowOf(rule, hits, sensor.costs())) } };
      },
    },
    {
      method: "GET",
      path: "/rules/files",
      role: "viewer",
      about: "The files that rules, macros and lists are from.",
      answer: named("RuleFiles"),
      take: () => {
        const { files, added } = sensor.rules();
        return { json: { files, ...added } };
      },
    },
    {
      method: "GET",
      path: "/rules/{name}",
      role: "viewer",
      about: "One rule with its text.",
      answer: named("Rule"),
      take: async ({ path }) => {
        const rule = sensor.rules().rules.find(({ name }) => name === path.name);
        if (rule === undefined) throw notFound("There is no such rule.");
        const { yaml, condition, output, exceptions, tags } = rule;
        const row = rowOf(rule, await store.hits(), sensor.costs());
        return {
          json: {
            ...row,
            yaml,
            condition,
            output,
            exceptions: exceptions.map(({ name }) => name),
            mitre: mitreOf(tags),
          },
        };
      },
    },
    {
      method: "POST",
      path: "/exceptions",
      role: "admin",
      about:
        "Appends to the local file of exceptions, and loads the rules again. Nothing changes where a mistake is in it.",
      body: object({ yaml: text("A piece of a rule file.", { maxLength: 20_000, minLength: 1 }) }),
      answer: object({ file: text(), reloaded: { type: "boolean" } }),
      take: async ({ body, user, address }) => {
        const yaml = String(body.yaml);
        const granted = await sensor.wish({ kind: "except", yaml });
        if ("refused" in granted) throw new Refusal(422, "not_applied", granted.refused);
        await store.record({ user: user.name, address, action: "exception", target: granted.file ?? "", detail: yaml });
        return { json: { file: granted.file ?? "", reloaded: true } };
      },
    },
    {
      method: "GET",
      path: "/coverage",
      role: "viewer",
      about: "Tactics and techniques of MITRE ATT&CK that rules are about, and how often they fired.",
      answer: named("Coverage"),
      take: async () => {
        const { counts } = await store.count(everything, "rule", 10_000);
        const fired = new Map(counts.map(({ value, count }) => [value, count]));
        return { json: { tactics: coverageOf(sensor.rules().rules, fired) } };
      },
    },
    {
      method: "GET",
      path: "/samples",
      role: "viewer",
      about: "Recordings that come with the program.",
      answer: named("Samples"),
      take: () => ({
        json: samplesIn(parts.samples).map(({ name, bytes }) => ({ name, bytes, about: aboutSample(name) })),
      }),
    },
    {
      method: "GET",
      path: "/samples/{name}",
      role: "viewer",
      about: "The bytes of a recording.",
      answer: {
        mediaType: "application/octet-stream",
        about: "A `.scap` file, compressed where its name ends with `.gz`.",
      },
      take: ({ path }) => {
        const found = samplesIn(parts.samples).find(({ name }) => name === path.name);
        if (found === undefined) throw notFound("There is no such recording.");
        return { bytes: readFileSync(found.file), type: "application/octet-stream" };
      },
    },
    {
      method: "GET",
      path: "/recent",
      role: "responder",
      about: "The last events of the machine as a recording, where they are kept (`web_page.recent_events_size`).",
      answer: { mediaType: "application/octet-stream", about: "A `.scap` file." },
      take: async ({ user, address }) => {
        const granted = await sensor.wish({ kind: "recent" });
        if ("refused" in granted) throw notFound(granted.refused);
        await store.record({ user: user.name, address, action: "recent events" });
        return { bytes: granted.bytes ?? new Uint8Array(0), type: "application/octet-stream" };
      },
    },
  ];
}

function rowOf(rule: RuleFacts, hits: Hits, costs: ReadonlyMap<string, number>): object {
  const { name, source, priority, tags, enabled, file, line, description } = rule;
  const found = hits.get(name);
  const nanoseconds = costs.get(name);
  return {
    name,
    source,
    priority,
    tags,
    enabled,
    file,
    line,
    hits: found?.hits ?? 0,
    lastHit: found?.last ?? null,
    ...(nanoseconds !== undefined && { nanoseconds }),
    description,
  };
}

function coverageOf(rules: readonly RuleFacts[], fired: ReadonlyMap<string | null, number>): unknown {
  return tactics.map(({ id, tag, name }) => {
    const about = rules.filter((rule) => rule.enabled && rule.tags.includes(`mitre_${tag}`));
    const byTechnique = new Map<string, string[]>();
    for (const rule of about) {
      const own = rule.tags.filter(isTechnique);
      for (const technique of own.length === 0 ? [id] : own)
        byTechnique.set(technique, [...(byTechnique.get(technique) ?? []), rule.name]);
    }
    const techniques = [...byTechnique]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([technique, names]) => ({
        id: technique,
        name: technique === id ? name : techniqueName(technique),
        rules: names,
        fired: names.reduce((sum, rule) => sum + (fired.get(rule) ?? 0), 0),
      }));
    return { id, name, techniques };
  });
}

function samplesIn(
  folder: string,
): readonly { readonly name: string; readonly file: string; readonly bytes: number }[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder)
    .filter((name) => /\.scap(\.gz)?$/.test(name))
    .sort()
    .map((name) => ({ name, file: join(folder, name), bytes: statSync(join(folder, name)).size }));
}

function aboutSample(name: string): string {
  return name.startsWith("drill") ? "The drill: harmless actions that look hostile." : "A recording of system calls.";
}
