import { S3Client } from "@aws-sdk/client-s3";
import { TransportError } from "../../../transport/http/error.ts";
import { keptFor } from "../../../transport/http/tokens.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { secretIn, secretParameters } from "../../server-parameters.ts";
import type { AwsKeys } from "./aws-signature.ts";

type Given = ActionRequest["parameters"];

/** Credentials and region of AWS. */
export const awsParameters: Readonly<Record<string, Parameter>> = {
  region: textParameter("The region. Absent: as AWS's own settings have it (`AWS_REGION`, `~/.aws/config`)."),
  access_key_id: textParameter(
    "An access key. Absent: the environment, AWS's own files, or the role of the machine, task or pod.",
  ),
  ...secretParameters("secret_access_key", "Its secret."),
};

/**
 * The keys that sign requests, as they are at the moment.
 * @throws TransportError where there are none
 */
export async function awsKeys(given: Given): Promise<AwsKeys> {
  const accessKeyId = textIn(given, "access_key_id");
  if (accessKeyId !== "") return { accessKeyId, secretAccessKey: secretIn(given, "secret_access_key") };
  try {
    return await chain({}).config.credentials();
  } catch {
    throw new TransportError("there are no credentials for AWS in the environment, its files, or from the machine");
  }
}

/** @throws TransportError where none is configured */
export async function awsRegion(given: Given): Promise<string> {
  const region =
    textIn(given, "region") ||
    (await chain({})
      .config.region()
      .catch(() => ""));
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new TransportError("the region of AWS is not known; `region` can say it");
  return region;
}

/** The SDK finds keys in all of AWS's ways and renews them. S3 itself gets no request. */
const chain = keptFor(() => new S3Client());
