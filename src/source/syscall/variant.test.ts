import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SensorError } from "./sensor-error.ts";
import { uringObstacle } from "./uring.ts";
import { loadVariant, variantOn } from "./variant.ts";

describe("the variant of the probe", () => {
  const [hasBtf, btfFile] = [true, undefined];

  test("is the usual one from Linux 5.17 with BTF, whatever BTF file is named", () => {
    for (const version of ["5.17.0", "6.1.0-13-amd64", "6.18.44", "10.0"])
      for (const file of [undefined, "/boot/kernel.btf"])
        expect(variantOn({ version, hasBtf, btfFile: file })).toEqual({ kind: "usual" });
  });

  test("is the portable one before Linux 5.17, and says so", () => {
    for (const version of ["5.10.0-46-cloud-amd64", "5.15.0-100-generic", "4.18.0-553.el8.x86_64"]) {
      const variant = variantOn({ version, hasBtf, btfFile });
      expect(variant).toEqual({
        kind: "portable",
        btf: "/sys/kernel/btf/vmlinux",
        reason: `Linux ${version} is older than 5.17`,
      });
    }
  });

  test("is the portable one with the named BTF file if the kernel has no BTF", () => {
    const variant = variantOn({ version: "6.1.0", hasBtf: false, btfFile: "/boot/kernel.btf" });
    expect(variant).toMatchObject({ kind: "portable", btf: "/boot/kernel.btf" });
    expect(uringObstacle(variant)).toMatch(/portable probe.*BTF/);
  });

  test("without BTF and without a file, the error names both ways", () => {
    expect(() => variantOn({ version: "5.10.0", hasBtf: false, btfFile })).toThrow(SensorError);
    expect(() => variantOn({ version: "5.10.0", hasBtf: false, btfFile })).toThrow(
      /CONFIG_DEBUG_INFO_BTF=y, or name a BTF file of this kernel in `engine\.modern_ebpf\.btf_file`/,
    );
  });
});

describe("a named BTF file", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-btf-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const load = (btf: string) => () => loadVariant({ kind: "portable", btf, reason: "test" }, "", () => 1);

  test("that does not exist, or is a directory or device, is an error with its path", () => {
    expect(load(join(folder, "absent"))).toThrow(/in .*\/absent cannot be read: ENOENT/);
    expect(load(folder)).toThrow(/cannot be read: it is not a regular file/);
    expect(load("/dev/zero")).toThrow(/in \/dev\/zero cannot be read: it is not a regular file/);
  });

  test("that is too large is not read", () => {
    const large = join(folder, "large");
    writeFileSync(large, "");
    truncateSync(large, 8 * 1024 ** 3);
    expect(load(large)).toThrow(/has 8589934592 bytes, more than 67108864/);
  });

  test("that is compressed is rejected", () => {
    const compressed = join(folder, "kernel.btf.tar.xz");
    writeFileSync(compressed, Buffer.from("fd377a585a000004e6d6b4460200210116000000742fe5a3", "hex"));
    expect(load(compressed)).toThrow(/does not begin with a BTF header/);
  });
});
