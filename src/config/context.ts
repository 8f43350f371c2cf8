import { duration, text, webAddress, word } from "../setting/shape.ts";

/** What the machine is called. */
export const host = {
  name: text("", "`host.name`, where the machine's own name is not to be used."),
};

/** What the machine is part of. */
export const cluster = {
  name: text("", "`cluster.name` and `k8s.cluster.name`."),
};

/** Where the machine stands. */
export const cloud = {
  metadata: word(
    ["off", "auto", "aws", "gcp", "azure"],
    "off",
    "Whose metadata service is asked, once at the start; `auto`: whichever answers. What is stated below is not overridden.",
  ),
  address: webAddress("Where that service is, if not at `http://169.254.169.254`."),
  timeout: duration("1s", "How long it may take for an answer."),
  provider: text("", "`cloud.provider`."),
  region: text("", "`cloud.region`."),
  zone: text("", "`cloud.zone`."),
  instance_id: text("", "`cloud.instance_id`."),
  instance_type: text("", "`cloud.instance_type`."),
  account: text("", "`cloud.account`."),
};

/** Who is asked about tasks of Mesos, beside their own environment. */
export const mesos = {
  agent: webAddress("This machine's agent of Mesos, like `http://127.0.0.1:5051`; it is asked for its tasks."),
  marathon: webAddress(
    "Marathon, like `http://marathon.mesos:8080`, with DC/OS `https://…/service/marathon`; it is asked for apps.",
  ),
  token: text("", "What is shown to them as `Authorization: token=…`, as DC/OS wants it."),
  token_file: text("", "A file that holds the token, in its place; it is read for each request."),
  ca_cert: text("", "File of the authority to trust, instead of the system's."),
  client_cert: text("", "File of a certificate of our own to show."),
  client_key: text("", "Its key."),
  timeout: duration("2s", "How long one of them may take for an answer."),
};
