import type { ActionRequest, Parameter } from "../../../action.ts";
import { textIn, textParameter } from "../../../parameters.ts";
import type { AwsKeys } from "../../function/aws-signature.ts";
import type { Store } from "./artifact.ts";
import { bucketParameters, keyIn } from "./bucket.ts";
import type { OutputTarget } from "./output.ts";

type Given = ActionRequest["parameters"];

/** Endpoint and credentials of a store. */
interface Access {
  /** Undefined: the AWS endpoint. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly keys: AwsKeys;
}

/** S3 bucket. Credentials come from the AWS SDK: environment, files, or role of the machine or pod. */
export const awsS3: OutputTarget = {
  parameters: {
    ...bucketParameters,
    region: textParameter("AWS region. Default: the region in the AWS configuration."),
    endpoint: endpointParameter("Endpoint of a store with the S3 API, such as https://storage.googleapis.com."),
  },
  open: (given) =>
    bucketStore(given, async () => {
      const endpoint = textIn(given, "endpoint") || undefined;
      const { awsKeys, awsRegion } = await import("../../function/aws-access.ts");
      return { endpoint, region: await awsRegion(given), keys: await awsKeys(given) };
    }),
};

/** MinIO bucket. Credentials come from the environment: `MINIO_ACCESS_KEY` and `MINIO_SECRET_KEY`. */
export const minioS3: OutputTarget = {
  parameters: {
    ...bucketParameters,
    endpoint: endpointParameter(
      "Endpoint of MinIO. Default: `$MINIO_ENDPOINT`, with TLS unless `$MINIO_USE_SSL` is false.",
    ),
  },
  open: (given) => bucketStore(given, async () => minioAccess(given)),
};

/** @throws Error with a message for the user */
function minioAccess(given: Given): Access {
  const { MINIO_ENDPOINT = "", MINIO_ACCESS_KEY = "", MINIO_SECRET_KEY = "", MINIO_USE_SSL = "true" } = process.env;
  const scheme = MINIO_USE_SSL === "false" ? "http" : "https";
  const endpoint = textIn(given, "endpoint") || (MINIO_ENDPOINT && `${scheme}://${MINIO_ENDPOINT}`);
  if (endpoint === "") throw new Error("the endpoint of MinIO is unknown: set `endpoint` or MINIO_ENDPOINT");
  if (MINIO_ACCESS_KEY === "" || MINIO_SECRET_KEY === "")
    throw new Error("MINIO_ACCESS_KEY or MINIO_SECRET_KEY is not set");
  const keys = { accessKeyId: MINIO_ACCESS_KEY, secretAccessKey: MINIO_SECRET_KEY };
  return { endpoint, region: process.env.MINIO_REGION ?? "us-east-1", keys };
}

function bucketStore(given: Given, access: () => Promise<Access>): Store {
  return {
    async keep(key, bytes, signal) {
      const { endpoint, region, keys } = await access();
      const bucket = textIn(given, "bucket");
      const name = keyIn(given, key);
      // The SDK is large and rarely needed.
      const { PutObjectCommand, S3Client, S3ServiceException } = await import("@aws-sdk/client-s3");
      const client = new S3Client({
        region,
        credentials: {
          accessKeyId: keys.accessKeyId,
          secretAccessKey: keys.secretAccessKey,
          ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
        },
        ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      });
      const put = new PutObjectCommand({ Bucket: bucket, Key: name, Body: bytes, ChecksumAlgorithm: "CRC32" });
      try {
        await client.send(put, { abortSignal: signal });
      } catch (error) {
        // Error messages of the store may contain keys; error codes do not.
        const why =
          error instanceof S3ServiceException ? `${error.name} (${error.$metadata.httpStatusCode})` : codeOf(error);
        throw new Error(`cannot write to the bucket ${bucket}: ${why}`);
      } finally {
        client.destroy();
      }
      return `s3://${bucket}/${name}`;
    },
  };
}

function endpointParameter(about: string): Parameter {
  return {
    ...textParameter(about),
    takes: "a URL that begins with https:// or http://",
    check: (value) =>
      typeof value === "string" && /^https?:\/\/[^@]+$/.test(value) && URL.canParse(value) ? value : undefined,
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "it failed";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
