import { S3Client } from "@aws-sdk/client-s3";
import { TransportError } from "../../../transport/http/error.ts";
import { oncePerSettings } from "../../../transport/http/tokens.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { secretIn, secretParameters } from "../../server-parameters.ts";
import type { AwsKeys } from "./aws-signature.ts";

type Given = ActionRequest["parameters"];

/** Parameters for AWS credentials and region. */
export const awsParameters: Readonly<Record<string, Parameter>> = {
  region: textParameter("AWS region. Default: the region in the AWS configuration (`AWS_REGION`, `~/.aws/config`)."),
  access_key_id: textParameter(
    "Access key ID. Default: from the environment, the AWS configuration files, or the role of the machine, task or pod.",
  ),
  ...secretParameters("secret_access_key", "Secret access key."),
};

/**
 * Returns the current keys for signing requests.
 * @throws TransportError if there are none
 */
export async function awsKeys(given: Given): Promise<AwsKeys> {
  const accessKeyId = textIn(given, "access_key_id");
  if (accessKeyId !== "") return { accessKeyId, secretAccessKey: secretIn(given, "secret_access_key") };
  try {
    return await chain({}).config.credentials();
  } catch {
    throw new TransportError(
      "no AWS credentials found in the environment, the AWS configuration files or the instance metadata service",
    );
  }
}

/**
 * Returns the configured region.
 * @throws TransportError if there is none
 */
export async function awsRegion(given: Given): Promise<string> {
  const region =
    textIn(given, "region") ||
    (await chain({})
      .config.region()
      .catch(() => ""));
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new TransportError("the AWS region is unknown: set `region`");
  return region;
}

/** Credential provider chain of the SDK, which also renews keys. The client sends no request to S3. */
const chain = oncePerSettings(() => new S3Client());
