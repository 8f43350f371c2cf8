import { type HttpRequest, type HttpResponse, sendRequest } from "../../../../transport/http/send.ts";
import { factsOf, jsonOf, textOf } from "../../../../transport/json.ts";

/** The AWS instance metadata service. */
const SERVER = "http://169.254.169.254";
const TIMEOUT = 2000;

/**
 * Reads the region and instance profile of this EC2 instance.
 * @throws Error with a message for the user if the metadata service cannot be reached
 */
export async function awsContext(signal: AbortSignal): Promise<Map<string, string>> {
  const server = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT?.replace(/\/$/, "") || SERVER;
  const get = async (path: string, request: Omit<HttpRequest, "signal">): Promise<HttpResponse> => {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
      return await sendRequest(new URL(`${server}${path}`), { ...request, mode: "whole", signal: limited });
    } catch {
      throw new Error("this machine does not run on AWS, or cannot access the instance metadata service");
    }
  };
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = (await get("/latest/api/token", { method: "PUT", headers })).bytes.toString("latin1");
  const wanted = async (path: string): Promise<string> => {
    const { status, body } = await get(path, { headers: { "x-aws-ec2-metadata-token": token } });
    return status === 200 ? body : "";
  };
  const profile = factsOf(jsonOf(await wanted("/latest/meta-data/iam/info")));
  return new Map([
    ["aws.region", await wanted("/latest/meta-data/placement/region")],
    ["aws.instance_profile_arn", textOf(profile.InstanceProfileArn)],
    ["aws.instance_profile_id", textOf(profile.InstanceProfileId)],
  ]);
}
