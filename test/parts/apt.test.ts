import { describe, expect, test } from "vitest";
import { readPolicy, readTargets, reasonIn, signedBy } from "./apt.ts";

test("packages without a candidate are omitted", () => {
  const policy = `docker.io:
  Installed: 20.10.24+dfsg1-1+deb12u1+b6
  Candidate: 20.10.24+dfsg1-1+deb12u1+b6
  Version table:
 *** 20.10.24+dfsg1-1+deb12u1+b6 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
suricata:
  Installed: (none)
  Candidate: (none)
  Version table:
nftables:
  Installed: (none)
  Candidate: 1.0.6-2+deb12u2
  Version table:
     1.0.6-2+deb12u2 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages

N: Unable to locate package docker-cli
`;
  expect(readPolicy(policy)).toEqual(["docker.io", "nftables"]);
});

describe("Debian's mirror", () => {
  const targets = (...more: readonly string[]): string =>
    [
      "Packages|nodistro|nodistro|nodistro|main|https://deb.example.com/|/etc/apt/sources.list.d/other.list:1",
      "Packages|Debian|Debian-Security|bookworm-security|main|http://mirror.example/security/|/etc/apt/sources.list:4",
      "Packages|Debian|Debian|bookworm-updates|main|http://mirror.example/debian/|/etc/apt/sources.list:2",
      ...more,
    ].join("\n");

  test("is that of the main suite", () => {
    const line = "Packages|Debian|Debian|bookworm|main|http://mirror.example/debian/|/etc/apt/sources.list:2";
    expect(readTargets(targets(line))).toEqual({
      ...{ codename: "bookworm", uri: "http://mirror.example/debian/", file: "/etc/apt/sources.list", index: 2 },
    });
  });

  test("is unknown on other systems", () => {
    expect(readTargets(targets("Packages|Ubuntu|Ubuntu|noble|main|http://mirror.example/ubuntu/|/etc/x:1"))).toBe(
      undefined,
    );
  });
});

describe("the keys of a source", () => {
  const stanzas = `# comment
Types: deb
# http://snapshot.example
URIs: http://mirror.example/debian
Suites: bookworm
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/security
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://mirror.example/unsigned
`;
  test("are in its stanza", () => {
    expect(signedBy("debian.sources", stanzas, 1)).toBe("/usr/share/keyrings/debian-archive-keyring.gpg");
    expect(signedBy("debian.sources", stanzas, 2)).toBe("\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc");
    expect(signedBy("debian.sources", stanzas, 3)).toBeUndefined();
  });

  test("are in its line", () => {
    const lines =
      "deb http://a bookworm main\ndeb [arch=amd64 signed-by=/usr/share/keyrings/b.gpg] http://b bookworm main\n";
    expect(signedBy("sources.list", lines, 1)).toBeUndefined();
    expect(signedBy("sources.list", lines, 2)).toBe("/usr/share/keyrings/b.gpg");
  });
});

test("the reason given by apt is one line", () => {
  const unmet = `Reading package lists...
The following packages have unmet dependencies:
 suricata : Depends: libhtp2 (>= 1:0.5.45) but 1:0.5.42-1 is to be installed
E: Unable to correct problems, you have held broken packages.`;
  expect(reasonIn(unmet)).toBe("suricata : Depends: libhtp2 (>= 1:0.5.45) but 1:0.5.42-1 is to be installed");
  expect(reasonIn("Reading package lists...\nE: Unable to locate package nats\n")).toBe(
    "E: Unable to locate package nats",
  );
});
