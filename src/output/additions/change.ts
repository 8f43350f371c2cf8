import type { Alert } from "../../alert/alert.ts";
import { type GoTemplate, goTemplate } from "../../template/template.ts";
import { factsOf } from "../alert-facts.ts";
import type { Field } from "../facts.ts";
import { reasonOf } from "../output.ts";
import { fieldsValue } from "../template/alert-value.ts";
import type { Additions } from "./keys.ts";

/** Applies the keys of `outputs` that change alerts. */
export interface AlertChange {
  /** Returns the alert with additional fields and tags, renamed fields and reformatted text. Its JSON is unchanged. */
  change(alert: Alert): Alert;
  /** Warnings about templates that failed; each is returned once. */
  warnings(): readonly string[];
}

/** Matches time, priority and message in the text of an alert. */
const TEXT = /^(\S+): (Debug|Informational|Notice|Warning|Error|Critical|Alert|Emergency) ([\s\S]*)$/i;

/** Creates the change from the configuration, whose templates are already validated. */
export function alertChange(additions: Additions): AlertChange {
  const { customfields, customtags, bracketreplacer, outputfieldformat } = additions;
  const custom = Object.entries(customfields).map(([name, value]): Field => ({ name, json: JSON.stringify(value) }));
  const customText = Object.entries(customfields).map(pair).join(" ");
  const templated = templatedFields(additions.templatedfields);
  return {
    change(alert) {
      const facts = factsOf(alert);
      const given = merge(facts.fields, custom);
      const evaluated = templated.evaluate(given);
      const fields = merge(given, evaluated.fields);
      const tags = customtags.length === 0 ? alert.tags : [...alert.tags, ...customtags].sort();
      const text =
        outputfieldformat === ""
          ? alert.text
          : formatText(alert.text, outputfieldformat, customText, evaluated.text, tags.join(","));
      const { rule, priority, source, time, message, json, received, identity, repeats, link } = alert;
      return {
        ...{ id: facts.id, rule, priority, source, tags, time, message, text, json },
        ...(received && { received }),
        ...(identity !== undefined && { identity }),
        ...(repeats !== undefined && { repeats }),
        ...(link !== undefined && { link }),
        parts: {
          hostname: facts.hostname,
          output: alert.parts?.output ?? "",
          names: fields.map(({ name }) => withoutBrackets(name, bracketreplacer)),
          values: fields.map(({ json }) => json),
        },
      };
    },
    warnings: templated.warnings,
  };
}

function pair([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}

/**
 * Adds fields to the fields of an alert and replaces fields of the same name. The result is sorted by name, unless no
 * fields are added.
 */
function merge(fields: readonly Field[], others: readonly Field[]): readonly Field[] {
  if (others.length === 0) return fields;
  const byName = new Map([...fields, ...others].map((field) => [field.name, field]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withoutBrackets(name: string, replacer: string): string {
  return replacer === "" || !name.includes("[") ? name : name.replaceAll("]", "").replaceAll("[", replacer);
}

interface TemplatedFields {
  evaluate(fields: readonly Field[]): { readonly fields: readonly Field[]; readonly text: string };
  warnings(): readonly string[];
}

function templatedFields(texts: Readonly<Record<string, string>>): TemplatedFields {
  const templates = Object.entries(texts).map(([name, text]): [string, GoTemplate] => [name, goTemplate(text)]);
  const failed = new Set<string>();
  const waiting: string[] = [];
  const evaluateOne = (name: string, template: GoTemplate, fields: readonly Field[]): string | undefined => {
    try {
      return template.execute(fieldsValue(fields));
    } catch (error) {
      if (!failed.has(name))
        waiting.push(
          `outputs.templatedfields.${name} fails: ${reasonOf(error)}. Alerts for which the template fails do not contain the field`,
        );
      failed.add(name);
      return undefined;
    }
  };
  return {
    evaluate(fields) {
      if (templates.length === 0) return { fields: [], text: "" };
      const values = templates.flatMap(([name, template]) => {
        const value = evaluateOne(name, template, fields);
        return value === undefined ? [] : [[name, value] as const];
      });
      return {
        fields: values.map(([name, value]) => ({ name, json: JSON.stringify(value) })),
        text: values.map(pair).join(" "),
      };
    },
    warnings: () => waiting.splice(0),
  };
}

/** Formats the text of an alert as configured; unchanged if it does not begin with time and priority. */
function formatText(text: string, format: string, custom: string, templated: string, tags: string): string {
  const [, timestamp, priority = "", output] = TEXT.exec(text) ?? [];
  if (timestamp === undefined || output === undefined) return text;
  const values: Readonly<Record<string, string>> = {
    timestamp,
    priority: priority.charAt(0).toUpperCase() + priority.slice(1).toLowerCase(),
    output,
    custom_fields: custom,
    templated_fields: templated,
    tags,
  };
  return format
    .replace(/<(\w+)>/g, (token, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : token))
    .replace(/ $/, "")
    .replace(/\( ?\)$/, "")
    .replace(/ $/, "");
}
