import { type Answer, type Asking, ask } from "../../../context/http.ts";
import { factsOf, textOf } from "../facts.ts";

/** Where every machine of AWS finds what it is. */
const SERVER = "http://169.254.169.254";
const TIMEOUT = 2000;

/**
 * What AWS says of this machine: its region and instance profile.
 * @throws Error with one sentence where it is none of AWS's
 */
export async function awsContext(signal: AbortSignal): Promise<Map<string, string>> {
  const server = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT?.replace(/\/$/, "") || SERVER;
  const get = async (path: string, asking: Omit<Asking, "timeout" | "signal">): Promise<Answer> => {
    try {
      return await ask(`${server}${path}`, { ...asking, timeout: TIMEOUT, signal });
    } catch {
      throw new Error("this machine is none of AWS's, or may not ask about itself");
    }
  };
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = (await get("/latest/api/token", { method: "PUT", headers })).body.toString("latin1");
  const wanted = async (path: string): Promise<string> => {
    const { status, body } = await get(path, { headers: { "x-aws-ec2-metadata-token": token } });
    return status === 200 ? body.toString("utf8") : "";
  };
  const profile = factsOf(parsed(await wanted("/latest/meta-data/iam/info")));
  return new Map([
    ["aws.region", await wanted("/latest/meta-data/placement/region")],
    ["aws.instance_profile_arn", textOf(profile.InstanceProfileArn)],
    ["aws.instance_profile_id", textOf(profile.InstanceProfileId)],
  ]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
