import { duration, flag, type Leaf, later, number, section, text, texts, webAddress, word } from "./shape.ts";

/** Keys of the places where alerts are stored or posted: S3 and mail. Names are Falcosidekick's where it has them. */
export function storage<P>(minimumpriority: Leaf<P>) {
  const checkcert = flag(true, "Whether its certificate has to be a good one.");
  const timeout = number(10_000, "Milliseconds for a request and its answer.", [1, 600_000]);
  return {
    aws: section("", {
      s3: section("Alerts as objects in S3, or in a store that speaks its protocol.", {
        bucket: text("", "The bucket; switches it on."),
        prefix: text("falco", "How the objects' names begin."),
        endpoint: webAddress("Address of a store that speaks S3's protocol, in place of AWS's own."),
        pathstyle: flag(true, "With `endpoint`: the bucket's name in the path. Otherwise before the host's name."),
        layout: word(
          ["batch", "falcosidekick"],
          "batch",
          "`batch`: an object for many alerts, a line of JSON each. `falcosidekick`: an object for each alert.",
        ),
        enablecompression: flag(true, "With `batch`: objects compressed (gzip)."),
        batchsize: number(
          8_388_608,
          "With `batch`: the most bytes in an object, before compression.",
          [1024, 104_857_600],
        ),
        interval: duration(
          "1m",
          "With `batch`: the least time between two objects, unless there is more than goes into one; alerts that come meanwhile are in the next one.",
        ),
        objectcannedacl: word(
          [
            "bucket-owner-full-control",
            "bucket-owner-read",
            "private",
            "authenticated-read",
            "aws-exec-read",
            "public-read",
            "public-read-write",
            "none",
          ],
          "bucket-owner-full-control",
          "Who else may read the objects (`x-amz-acl`); `none` for stores that don't take the header.",
        ),
        minimumpriority,
        checkcert,
        timeout,
      }),
      region: text("", "The bucket's region. Absent: as AWS's own settings have it; `us-east-1` with `endpoint`."),
      accesskeyid: text("", "An access key. Absent: the environment, AWS's own files, or the machine's role."),
      secretaccesskey: text("", "Its secret."),
      rolearn: later(
        "A role to take on. A profile of AWS's own configuration (`AWS_PROFILE`) with a role is followed.",
        text("", ""),
      ),
      externalid: later("What the role asks for beside the key.", text("", "")),
      checkidentity: later("Ask AWS at the beginning who we are. The first object says it.", flag(true, "")),
    }),
    smtp: section("Alerts by mail; all those that wait in one.", {
      hostport: text("", "The mail server, `host:port`; switches it on. On port 465 TLS begins at once."),
      from: text("", "The sender's address. It has to be there."),
      to: texts("The addresses of those who get it. There has to be one."),
      tls: flag(true, "Go on only over TLS (STARTTLS)."),
      authmechanism: word(
        ["plain", "oauthbearer", "external", "anonymous", "none"],
        "plain",
        "How to sign in. `plain` without a user: not at all.",
      ),
      user: text("", "A user."),
      password: text("", "The user's password."),
      token: text("", "A token, for `oauthbearer`."),
      identity: text("", "Whom to act for, with `plain` and `external`."),
      trace: text("", "What to leave behind, with `anonymous`."),
      outputformat: word(["html", "text"], "html", "Text with a page beside it, or text alone."),
      interval: duration(
        "1m",
        "The least time between two mails, unless there is more than goes into one; alerts that come meanwhile are in the next one.",
      ),
      minimumpriority,
      checkcert,
      timeout,
    }),
  } as const;
}
