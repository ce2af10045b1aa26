import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describeNeeds, serve } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import {
  expectInstalls,
  expectSources,
  type Imitation,
  openImitation,
  TOOLS,
} from "./imitation.js";

const ARCHITECTURES = ["amd64", "arm64", "s390x"];
const DEBS = ["1.30.0-1.1", "1.30.1-1.1"].flatMap((version) =>
  ARCHITECTURES.map((architecture) => ({ name: "kubeadm", version, architecture })),
);

/** Packages of all architectures in one index, each in a directory of its architecture. */
async function openService(
  test: TestContext,
  like: string,
  where: readonly string[],
): Promise<Imitation> {
  const archive = await openImitation(test, like);
  await Promise.all(
    DEBS.map((deb) => archive.deb(deb.architecture, { ...deb, depends: "cri-tools" })),
  );
  await archive.deb("all", { name: "cri-tools", version: "1", architecture: "all" });
  archive.source("", "kubeadm", "1.30.1");
  const packages = await Promise.all(where.map((place) => archive.index(["packages", place])));
  await archive.pack("Packages", packages.join(""), ["", "gz"]);
  await archive.pack("Sources", await archive.index(["sources", "."]), ["", "gz"]);
  await archive.sign("", {
    Origin: `obs://build.opensuse.org/${like}`,
    Label: like,
    Architectures: ARCHITECTURES.join(" "),
  });
  return archive;
}

/** Kubernetes': every request is sent to another host, with status 302. */
async function openKubernetes(test: TestContext) {
  const archive = await openService(test, "kubernetes", [...ARCHITECTURES, "all"]);
  const elsewhere = join(archive.root, "elsewhere");
  renameSync(join(archive.root, "upstream"), elsewhere);
  mkdirSync(join(archive.root, "upstream"));
  const host = await serve(elsewhere);
  test.onTestFinished(() => host.close());
  archive.server.fault(/./, {
    kind: "respond",
    respond(request, response) {
      const location = `http://localhost:${host.port}${request.url}`;
      response.writeHead(302, { location }).end();
    },
  });
  return { archive, host };
}

describeNeeds(describe.concurrent, TOOLS, "archives of build services", () => {
  it("pkgs.k8s.io sends every request elsewhere; architectures select what is mirrored", async (test) => {
    const { archive, host } = await openKubernetes(test);
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 5]);
    const debs = host.requests.filter(({ file }) => file.endsWith(".deb"));
    expect(debs.filter(({ file }) => !/(amd64|arm64|all)\.deb$/.test(file))).toEqual([]);
    expect(await expectInstalls(await archive.client(), "kubeadm")).toEqual([
      "cri-tools_1_all.deb",
      "kubeadm_1.30.1-1.1_amd64.deb",
    ]);
    expect(existsSync(archive.published("s390x"))).toBe(false);
  });

  it("a Filename may be relative to the flat suite, on a store that forbids to look", async (test) => {
    const { archive, host } = await openKubernetes(test);
    const suite = archive.url.split("/").at(-2);
    const above = new URL("..", archive.url);
    const forbidden = { kind: "status", status: 403 } as const;
    host.fault(({ path }) => !path.includes(`/${suite}/`), forbidden);
    archive.configure(`url = "${above}"\nsuites = ["${suite}/"]\narchitectures = ["amd64"]`);
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 3]);
    const apt = await archive.client(`deb [arch=amd64] MIRROR/${suite} /`);
    await expectInstalls(apt, "kubeadm=1.30.0-1.1");
  });

  it("the open build service has sources in the same directory, which no field names", async (test) => {
    const archive = await openService(test, "fish", ["."]);
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 8]);
    const apt = await archive.client();
    await expectInstalls(apt, "kubeadm=1.30.0-1.1");
    await expectSources(apt, "kubeadm");
  });

  it("its directory may be written ./ by mirrors and by clients", async (test) => {
    const archive = await openService(test, "fish", ["."]);
    archive.configure('suites = ["./"]');
    await archive.publish();
    await expectInstalls(await archive.client("deb MIRROR ./"), "kubeadm");
  });
});
