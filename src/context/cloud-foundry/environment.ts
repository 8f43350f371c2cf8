import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { JsonTextError, parseJsonText } from "../../event/json-text.ts";
import type { CloudFoundryInstance, DetectWorkload } from "../../machine/workload.ts";

/** Reads the environment of a process in a Cloud Foundry app. */
export const readCloudFoundry: DetectWorkload = (variables, { engine, fullId }) => {
  const application = variables("VCAP_APPLICATION");
  const given = variables("CF_INSTANCE_GUID");
  if (application === "" && given === "") return undefined;
  const { facts, whole } = parse(application);
  const text = (...keys: readonly string[]): string => {
    for (const key of keys) if (typeof facts[key] === "string" && facts[key] !== "") return facts[key];
    return "";
  };
  const index = variables("CF_INSTANCE_INDEX") || numeral(facts.instance_index);
  const cf: CloudFoundryInstance = {
    appId: text("application_id"),
    appName: text("application_name", "name"),
    uris: uris(facts.application_uris ?? facts.uris),
    version: text("application_version", "version"),
    spaceId: text("space_id"),
    spaceName: text("space_name"),
    orgId: text("organization_id"),
    orgName: text("organization_name"),
    processId: text("process_id"),
    processType: text("process_type"),
    api: text("cf_api"),
    index,
    // Diego uses the instance ID as the container ID.
    guid: given || text("instance_id") || (engine === "garden" ? fullId : ""),
    ip: variables("CF_INSTANCE_IP"),
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
