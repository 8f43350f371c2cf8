import { duration, text, webAddress, word } from "../setting/shape.ts";

/** Keys that describe the machine. */
export const host = {
  name: text("", "Value of the field `host.name`. Default: the host name."),
};

/** Keys that describe the machine's cluster. */
export const cluster = {
  name: text("", "Value of `cluster.name` and `k8s.cluster.name`."),
};

/** Keys that describe the machine's cloud. */
export const cloud = {
  metadata: word(
    ["off", "auto", "aws", "gcp", "azure"],
    "off",
    "The cloud whose metadata service is queried once at startup; `auto`: the first service that responds. Other keys of this section take precedence.",
  ),
  address: webAddress("Address of the metadata service. Default: `http://169.254.169.254`."),
  timeout: duration("1s", "Timeout of a request to the metadata service."),
  provider: text("", "Value of `cloud.provider`."),
  region: text("", "Value of `cloud.region`."),
  zone: text("", "Value of `cloud.zone`."),
  instance_id: text("", "Value of `cloud.instance_id`."),
  instance_type: text("", "Value of `cloud.instance_type`."),
  account: text("", "Value of `cloud.account`."),
};

/** Keys for requests to Mesos and Marathon for task metadata, in addition to the environment of tasks. */
export const mesos = {
  agent: webAddress("Address of this machine's Mesos agent, such as `http://127.0.0.1:5051`, for metadata of tasks."),
  marathon: webAddress(
    "Address of Marathon, such as `http://marathon.mesos:8080`, or `https://…/service/marathon` in DC/OS, for metadata of apps.",
  ),
  token: text("", "A token for DC/OS, sent as `Authorization: token=…`."),
  token_file: text("", "A file with the token, instead of `token`; read for each request."),
  ca_cert: text("", "A PEM file with the CA certificate to trust, instead of the CAs of the system."),
  client_cert: text("", "A PEM file with the client certificate."),
  client_key: text("", "A PEM file with the certificate's key."),
  timeout: duration("2s", "Timeout of a request."),
};
