import { filled, flag, ignored, number, server, text, UNBOUNDED, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { brokerKeys } from "../transport/keys.ts";

export const redisOutput = describeOutput({
  name: "redis",
  about: "Sends alerts to Redis and compatible servers.",
  keys: {
    address: server(
      "Address of the server, such as `redis:6379` or `rediss://redis:6379`. Setting this key enables the output.",
      ["redis", "rediss"],
    ),
    username: text("", "User name."),
    password: text("", "Password of the user, or of the server."),
    database: number(0, "Database number.", [0, UNBOUNDED]),
    storagetype: word(
      ["list", "hashmap", "stream"],
      "list",
      "Append alerts to a list, store them in a hash by `uuid`, or add them to a stream.",
    ),
    key: filled("falco", "The name of the list, hash or stream."),
    maxlength: number(0, "Approximate number of entries that a stream keeps; 0: all.", [0, UNBOUNDED]),
    tls: flag(false, "Connect over TLS."),
    certfile: text("", "With `mutualtls`: client certificate, instead of the shared one."),
    keyfile: text("", "With `mutualtls`: key of the client certificate, instead of the shared one."),
    cacertfile: text("", "CA certificate of this receiver."),
    version: ignored("RESP 2 is used, which all servers support", number(0, "", [0, UNBOUNDED])),
    ...brokerKeys,
  },
  enabledBy: "address",
  example: "address: redis:6379\nstoragetype: stream\nmaxlength: 1000000",
  async open(settings, { certificates }) {
    return (await import("./redis/output.ts")).redisOutput(settings, certificates);
  },
});
