// about: a CI job with Docker and Podman: images built and run, commands in containers, packages installed in a build
// needs: dockerd docker containerd runc podman buildah busybox debootstrap
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE } from "../../../src/context/runtime/busybox.fixture.ts";
import { startDockerd } from "../../../src/context/runtime/docker.fixture.ts";
import { startPodman } from "../../../src/context/runtime/podman.fixture.ts";

const work = process.env.WORK ?? "/var/lib/benign-containers";
process.env.TMPDIR = work;
const until = Number(process.env.UNTIL) * 1000;
const debian = join(work, "debian.tar");
if (process.argv[2] === "prepare") {
  const root = join(work, "debian");
  run(
    "sh",
    "-c",
    `. "${join(import.meta.dirname, "lib.sh")}"; debian_root "${root}"; tar -C "${root}" -cf "${debian}" .`,
  );
  process.exit(0);
}
mkdirSync(join(work, "job"));
writeFileSync(
  join(work, "job/Dockerfile"),
  `FROM debian:local
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl passwd sudo fontconfig && rm -rf /var/lib/apt/lists/*
RUN useradd -m app
COPY main.sh /usr/local/bin/main.sh
RUN chmod 755 /usr/local/bin/main.sh
USER app
CMD ["/usr/local/bin/main.sh"]
`,
);
writeFileSync(join(work, "job/main.sh"), "#!/bin/sh\nid\nfor i in 1 2 3; do date; sleep 0.2; done\n");

const dockerd = await startDockerd();
const podman = await startPodman();
/** Runs a command of an engine. A failure is printed, and the workload continues. */
const tried = (engine: (...args: readonly string[]) => string, ...args: readonly string[]): void => {
  try {
    engine(...args);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
};
tried(dockerd.docker, "import", debian, "debian:local");
for (let round = 0; round === 0 || Date.now() < until; round++) {
  tried(dockerd.docker, "build", "--network=host", "--no-cache", "-t", "job", join(work, "job"));
  for (let i = 0; i < 5; i++) tried(dockerd.docker, "run", "--rm", "--network=host", "job");
  tried(dockerd.docker, "run", "-d", "--network=host", "--name=service", IMAGE, "sh", "-c", "sleep 600");
  tried(dockerd.docker, "exec", "service", "ls", "-la", "/");
  tried(dockerd.docker, "exec", "service", "sh", "-c", "cat /etc/passwd; env; id");
  tried(dockerd.docker, "cp", join(work, "job/main.sh"), "service:/tmp/main.sh");
  tried(dockerd.docker, "cp", "service:/etc/passwd", join(work, "passwd"));
  tried(dockerd.docker, "logs", "service");
  tried(dockerd.docker, "top", "service");
  tried(dockerd.docker, "rm", "-f", "service");
  tried(
    dockerd.docker,
    "run",
    "--rm",
    "--network=host",
    "-v",
    `${work}/job:/src:ro`,
    "debian:local",
    "sh",
    "-c",
    "cd /src && ls && sha256sum *",
  );
  tried(dockerd.docker, "save", "-o", join(work, "job.tar"), "job");
  tried(dockerd.docker, "image", "prune", "-f");
  for (let i = 0; i < 3; i++) tried(podman.podman, "run", "--rm", "--network=host", IMAGE, "sh", "-c", "id; ls /");
  tried(podman.podman, "run", "-d", "--network=host", "--name=service", IMAGE, "sleep", "600");
  tried(podman.podman, "exec", "service", "ls", "/");
  tried(podman.podman, "cp", join(work, "job/main.sh"), "service:/tmp/main.sh");
  tried(podman.podman, "rm", "-f", "-t", "0", "service");
}
await podman.close();
await dockerd.close();

function run(program: string, ...args: readonly string[]): void {
  spawnSync(program, args, { stdio: "inherit" });
}
