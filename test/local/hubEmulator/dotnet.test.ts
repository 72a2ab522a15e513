import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startHubEmulator } from "../../../local/hubEmulator/emulator.ts";

const run = promisify(execFile);
const hasDotnet = await run("dotnet", ["--version"]).then(
  () => true,
  () => false,
);

// Without the SDK of .NET, this test is skipped. On other systems .NET has no variable for certificates.
test.skipIf(!hasDotnet || process.platform !== "linux")(
  "a program on .NET registers, sends and deletes over HTTP/2, and trusts the authority",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "dotnet-"));
    const certificates = join(folder, "certificates");
    const hub = await startHubEmulator({ https: { directory: certificates } });
    try {
      const project = join(import.meta.dirname, "dotnet/Client.csproj");
      const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" };
      await run(
        "dotnet",
        [
          ...["build", project, "--output", join(folder, "out"), "--nologo"],
          // The folders of the build are not this repository's.
          `--property:BaseIntermediateOutputPath=${join(folder, "obj")}/`,
          "--property:UseSharedCompilation=false",
          "--disable-build-servers",
        ],
        { env },
      );
      const [, name = "", key = ""] =
        /SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)$/.exec(hub.connectionString) ?? [];
      const { stdout } = await run("dotnet", [join(folder, "out/Client.dll"), hub.url, name, key], {
        env: { ...env, SSL_CERT_FILE: hub.authorityFile },
      });
      expect(stdout.trim().split("\n")).toEqual([
        "POST registrations HTTP/2.0 200",
        "PUT installations HTTP/2.0 200",
        "POST messages HTTP/2.0 201",
        "DELETE registrations HTTP/2.0 200",
        "DELETE installations HTTP/2.0 204",
      ]);
      expect(
        hub
          .deliveries()
          .map(({ handle }) => handle)
          .toSorted(),
      ).toEqual(["phone", "tablet"]);
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true });
    }
  },
);
