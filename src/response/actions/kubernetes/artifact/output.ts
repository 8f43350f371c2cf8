import { factsOf, textOf } from "../../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../../action.ts";
import { withFallbacks } from "../../../parameters.ts";
import { type Artifact, keyOf, type Store } from "./artifact.ts";
import { gcpGcs } from "./gcs.ts";
import { localFile } from "./local-file.ts";
import { awsS3, minioS3 } from "./s3.ts";

/** A kind of store for artifacts, with its parameters. */
export interface OutputTarget {
  readonly parameters: Readonly<Record<string, Parameter>>;
  open(given: ActionRequest["parameters"]): Store;
}

const targets: Readonly<Record<string, OutputTarget>> = {
  "local:file": localFile,
  "aws:s3": awsS3,
  "minio:s3": minioS3,
  "gcp:gcs": gcpGcs,
};

/** Creates a parameter that configures the store of an artifact, as in Talon's rules: `{target, parameters}`. */
export function outputParameter(about: string, options: { required?: true } = {}): Parameter {
  const takes = Object.entries(targets).map(
    ([name, { parameters }]) => `\`${name}\` with the parameters ${Object.keys(parameters).join(", ")}`,
  );
  return {
    about,
    takes: `{target, parameters}; targets are ${takes.join("; ")}`,
    ...options,
    check: (value) => checked(value),
  };
}

function targetNamed(name: string): (typeof targets)[string] | undefined {
  return Object.hasOwn(targets, name) ? targets[name] : undefined;
}

function checked(value: unknown): unknown {
  const { target, parameters, ...rest } = factsOf(value);
  const name = textOf(target);
  const known = targetNamed(name)?.parameters;
  if (known === undefined || Object.keys(rest).length > 0) return undefined;
  const given = factsOf(parameters);
  if (Object.keys(given).some((key) => !Object.hasOwn(known, key))) return undefined;
  const values: Record<string, unknown> = {};
  for (const [key, parameter] of Object.entries(known)) {
    if (given[key] === undefined || given[key] === null || given[key] === "") {
      if (parameter.required) return undefined;
      continue;
    }
    values[key] = parameter.check(given[key]);
    if (values[key] === undefined) return undefined;
  }
  return { target: name, parameters: withFallbacks(known, values) };
}

/**
 * Stores an artifact as configured in the parameter `output`.
 * @returns the location of the artifact, for display; undefined if the parameter is not set
 * @throws Error with a message for the user
 */
export async function storeArtifact(
  artifact: Artifact,
  { parameters, signal }: ActionRequest,
): Promise<string | undefined> {
  const { target, parameters: given } = factsOf(parameters.output);
  return targetNamed(textOf(target))?.open(factsOf(given)).keep(keyOf(artifact), artifact.bytes, signal);
}
