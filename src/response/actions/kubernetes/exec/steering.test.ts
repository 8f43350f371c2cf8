import { expect, it } from "vitest";
import { alertWith } from "../../../../../test/response/alert.ts";
import { variablesOf } from "./variables.ts";

it("fields of an alert set no variable that controls programs", () => {
  const steering = ["node.options", "node.path", "node.extra_ca_certs", "java.tool_options", "jdk.java_options"].concat(
    ["git.ssh_command", "glibc.tunables", "ld.preload", "ld.library_path", "bash.env", "http.proxy", "https.proxy"],
    ["all.proxy", "python.path", "ssl.cert_file", "curl.ca_bundle"],
  );
  const alert = alertWith({
    ...Object.fromEntries(steering.map((name) => [name, "--require=/tmp/evil.js"])),
    ...{ "proc.name": "sh", "fd.name": "/etc/shadow", "ct.name": "ConsoleLogin", path: "/tmp" },
  });
  const variables = variablesOf(alert, new Map([["node.hostname", "host-1"]]));
  expect([...variables.keys()].sort()).toEqual([
    "CT_NAME",
    "FD_NAME",
    "HOSTNAME",
    "NODE_HOSTNAME",
    "PRIORITY",
    "PROC_NAME",
    "RULE",
    "SOURCE",
    "TAGS",
  ]);
});
