import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { JsonTextError, parseJsonText } from "../../event/json-text.ts";
import type { CloudFoundryInstance, DetectWorkload } from "../../machine/workload.ts";

/**
 * Reads the environment of a process in a Cloud Foundry app. For missing variables, keeps the values from other
 * processes of the instance, because a process in the container may have only some of the variables.
 */
export const readCloudFoundry: DetectWorkload = (variables, { engine, fullId }, known) => {
  const application = variables("VCAP_APPLICATION");
  const given = variables("CF_INSTANCE_GUID");
  if (application === "" && given === "") return undefined;
  const { facts, whole } = parse(application);
  const before = known?.cf;
  const text = (...keys: readonly string[]): string => {
    for (const key of keys) if (typeof facts[key] === "string" && facts[key] !== "") return facts[key];
    return "";
  };
  const index = variables("CF_INSTANCE_INDEX") || numeral(facts.instance_index) || (before?.index ?? "");
  const listed = uris(facts.application_uris ?? facts.uris);
  const cf: CloudFoundryInstance = {
    appId: text("application_id") || (before?.appId ?? ""),
    appName: text("application_name", "name") || (before?.appName ?? ""),
    uris: listed.length > 0 ? listed : (before?.uris ?? []),
    version: text("application_version", "version") || (before?.version ?? ""),
    spaceId: text("space_id") || (before?.spaceId ?? ""),
    spaceName: text("space_name") || (before?.spaceName ?? ""),
    orgId: text("organization_id") || (before?.orgId ?? ""),
    orgName: text("organization_name") || (before?.orgName ?? ""),
    processId: text("process_id") || (before?.processId ?? ""),
    processType: text("process_type") || (before?.processType ?? ""),
    api: text("cf_api") || (before?.api ?? ""),
    index,
    // Diego uses the instance ID as the container ID.
    guid: given || text("instance_id") || before?.guid || (engine === "garden" ? fullId : ""),
    ip: variables("CF_INSTANCE_IP") || (before?.ip ?? ""),
  };
  const name = cf.appName === "" ? "" : index === "" ? cf.appName : `${cf.appName}:${index}`;
  return { mesos: undefined, marathon: undefined, cf, name, whole };
};

/** Parses JSON. If the text is truncated, returns only the members that are complete. */
function parse(text: string): { facts: JsonObject; whole: boolean } {
  try {
    const value = parseJsonText(text);
    return { facts: isObject(value) ? value : {}, whole: isObject(value) };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { facts: rescued(text), whole: false };
  }
}

const MEMBER = /"([a-z_]+)":\s*"((?:[^"\\\0]|\\["\\/])*)"/g;

/**
 * Returns the complete members of truncated JSON whose values are strings. Nested members never match: only `limits`
 * has nested members, and their values are numbers.
 */
function rescued(text: string): JsonObject {
  const facts: Record<string, Json> = Object.create(null);
  for (const [, key = "", value = ""] of text.matchAll(MEMBER)) facts[key] ??= value.replaceAll(/\\(.)/g, "$1");
  return facts;
}

function uris(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function numeral(value: Json | undefined): string {
  return typeof value === "number" ? String(value) : "";
}
