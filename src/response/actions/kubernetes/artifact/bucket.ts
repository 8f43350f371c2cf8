import type { ActionRequest, Parameter } from "../../../action.ts";
import { textIn, textParameter } from "../../../parameters.ts";

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;

/** Parameters of all bucket stores. */
export const bucketParameters: Readonly<Record<string, Parameter>> = {
  bucket: {
    ...textParameter("Name of the bucket.", { required: true }),
    takes: "the name of a bucket",
    check: (value) => (typeof value === "string" && BUCKET.test(value) ? value : undefined),
  },
  prefix: textParameter("Prefix of all keys."),
};

/** Returns the object name with the configured prefix. */
export function keyIn(given: ActionRequest["parameters"], key: string): string {
  return `${textIn(given, "prefix").replace(/^\/+/, "")}${key}`;
}
