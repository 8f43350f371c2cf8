import { jsonIn, type Provider, textIn } from "./provider.ts";

/** Lifetime of the token in seconds. */
const TOKEN_LIFE = "60";

/** Amazon EC2 instance metadata service, version 2, which requires a token. */
export const aws: Provider = async (server) => {
  const answer = await server.ask("/latest/api/token", { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_LIFE }, "PUT");
  if (answer.status !== 200) return undefined;
  const token = answer.bytes.toString("latin1");
  if (!/^[\x21-\x7e]{1,1024}$/.test(token)) return undefined;
  const identity = jsonIn(
    await server.ask("/latest/dynamic/instance-identity/document", { "x-aws-ec2-metadata-token": token }),
  );
  const instanceId = textIn(identity, "instanceId");
  if (instanceId === "") return undefined;
  return {
    provider: "aws",
    region: textIn(identity, "region"),
    zone: textIn(identity, "availabilityZone"),
    instanceId,
    instanceType: textIn(identity, "instanceType"),
    account: textIn(identity, "accountId"),
  };
};
