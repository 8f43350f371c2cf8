import { describeResponse, isSuccess, sendRequest } from "../../../../transport/http/send.ts";
import { withToken } from "../../../../transport/http/tokens.ts";
import { below } from "../../../../transport/http/url.ts";
import type { ActionRequest } from "../../../action.ts";
import { textIn, withFallbacks } from "../../../parameters.ts";
import { addressParameter } from "../../../server-parameters.ts";
import { bucketParameters, keyIn } from "./bucket.ts";
import type { OutputTarget } from "./output.ts";

/**
 * Google Cloud Storage bucket, over the JSON API. Credentials come from `GOOGLE_APPLICATION_CREDENTIALS`, or from the
 * machine or pod.
 */
export const gcpGcs: OutputTarget = {
  parameters: {
    ...bucketParameters,
    endpoint: addressParameter("URL of the Cloud Storage API.", { fallback: "https://storage.googleapis.com" }),
  },
  open: (given) => ({
    async keep(key, bytes, signal) {
      const [bucket, name] = [textIn(given, "bucket"), keyIn(given, key)];
      await upload(given, { bucket, name, bytes }, signal);
      return `gs://${bucket}/${name}`;
    },
  }),
};

interface Upload {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
}

/** @throws TransportError, or Error with a message for the user */
async function upload(
  given: ActionRequest["parameters"],
  { bucket, name, bytes }: Upload,
  signal: AbortSignal,
): Promise<void> {
  const { accessTokens, gcpParameters } = await import("../../function/gcp-access.ts");
  // ifGenerationMatch=0 prevents overwriting an object.
  const query = { uploadType: "media", name, ifGenerationMatch: "0" };
  const url = below(textIn(given, "endpoint"), ["upload", "storage", "v1", "b", bucket, "o"], query);
  const answer = await withToken(accessTokens(withFallbacks(gcpParameters, {})), signal, (token) =>
    sendRequest(url, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", authorization: `Bearer ${token}` },
      body: bytes,
      signal,
    }),
  );
  if (!isSuccess(answer))
    throw new Error(`cannot write to the bucket ${bucket}: ${describeResponse(answer, [answer.token])}`);
}
