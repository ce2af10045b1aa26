// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what the files hold
import { describe, expect, test } from "vitest";
import { parseConfig } from "../src/index.js";
import { file, mirror, parse, problem } from "./given.js";

describe("a configuration", () => {
  test("comes out with every default filled in", () => {
    expect(parse(file(""))).toEqual({
      path: "mirror.toml",
      dir: "/srv/mirrors",
      maxConns: 10,
      parallel: 4,
      minFree: { share: 0.02, atMost: 10_737_418_240 },
      log: { level: "info", format: "text" },
      mirrors: [
        {
          id: "m",
          type: "apt",
          urls: ["https://deb.example.org/debian/"],
          suites: ["bookworm"],
          frozen: [],
          sections: ["main"],
          architectures: ["amd64"],
          mirrorSource: false,
          indices: {
            translations: "all",
            contents: true,
            commands: true,
            dep11: true,
            installer: false,
            pdiffs: false,
          },
          pgpKeyPath: [],
          pgpFingerprints: [],
          noPgpCheck: false,
          checkValidUntil: true,
          allowRollback: false,
          allowReleaseInfoChange: false,
          maxFuture: 10_000,
          byHash: "auto",
          ignoreMissing: [],
          maxShrink: 0.4,
          filters: {
            keepVersions: 0,
            excludePatterns: [],
            includePatterns: [],
            sections: [],
            priorities: [],
            withDependencies: false,
            withRecommends: false,
          },
          snapshot: {
            path: "/srv/mirrors/.mirrorctl/snapshots",
            nameFormat: "2006-01-02T15-04-05Z",
            environments: ["staging", "current"],
            allowCopy: false,
            automatic: false,
            keepLast: 5,
          },
          publishToStaging: false,
          rootShows: "latest",
          promote: { verify: "quick", requireValid: false, timeout: 600_000 },
          retries: 5,
          stallTimeout: 30_000,
          giveUpAfter: 120_000,
          tls: { minVersion: "1.2", insecureSkipVerify: false, cipherSuites: [] },
        },
      ],
    });
  });

  test("comes out as it was given", () => {
    const fingerprint = "0123456789abcdef0123456789ABCDEF01234567";
    expect(
      mirror(
        `type = "apt"
        urls = ["http://a.example/", "https://b.example/x/"]
        frozen = ["bookworm"]
        mirror_source = true
        pgp_key_path = ["/k/a.gpg", "/k/b.asc"]
        pgp_fingerprints = ["${fingerprint}"]
        no_pgp_check = true
        check_valid_until = false
        allow_rollback = true
        allow_release_info_change = true
        max_future = "1h"
        by_hash = "no"
        ignore_missing = ["pool/x/**", "*/Contents-*"]
        retries = 0
        stall_timeout = "1m"
        give_up_after = "1h"
        proxy = "http://proxy.example:3128"
        publish_to_staging = true
        root_shows = "test"
        max_shrink = "12.5%"
        auth_file = "/etc/mirrorctl/auth.conf"
        [mirrors.m.snapshot]
        path = "/var/lib/snapshots/"
        default_name_format = "20060102"
        environments = ["test", "/srv/www/{mirror}"]
        allow_copy = true
        prune = { keep_last = 0, keep_within = "30d" }
        [mirrors.m.promote]
        verify = "full"
        min_packages = 100
        max_shrink = "12.5%"
        require_valid = true
        command = ["/usr/bin/check", "-v", "-v", ""]
        timeout = "1h"
        [mirrors.m.trace]
        host = "Mirror.Example.org"
        maintainer = "Jörg <admin@example.org> "
        [mirrors.m.tls]
        min_version = "1.3"
        max_version = "1.3"
        insecure_skip_verify = true
        ca_cert_file = "/etc/mirrorctl/ca.pem"
        client_cert_file = "/etc/mirrorctl/cert.pem"
        client_key_file = "/etc/mirrorctl/key.pem"
        cipher_suites = ["TLS_AES_256_GCM_SHA384", "tls_aes_128_gcm_sha256"]
        server_name = "Deb.Example.ORG"
        [mirrors.m.indices]
        translations = ["de", "pt_BR"]
        contents = false
        commands = false
        dep11 = false
        installer = true
        pdiffs = true`,
        "url",
      ),
    ).toEqual({
      id: "m",
      type: "apt",
      urls: ["http://a.example/", "https://b.example/x/"],
      suites: ["bookworm"],
      frozen: ["bookworm"],
      sections: ["main"],
      architectures: ["amd64"],
      mirrorSource: true,
      indices: {
        translations: ["de", "pt_BR"],
        contents: false,
        commands: false,
        dep11: false,
        installer: true,
        pdiffs: true,
      },
      pgpKeyPath: ["/k/a.gpg", "/k/b.asc"],
      pgpFingerprints: [fingerprint.toUpperCase()],
      noPgpCheck: true,
      checkValidUntil: false,
      allowRollback: true,
      allowReleaseInfoChange: true,
      maxFuture: 3_600_000,
      byHash: "no",
      ignoreMissing: ["pool/x/**", "*/Contents-*"],
      maxShrink: 0.125,
      trace: { host: "mirror.example.org", maintainer: "Jörg <admin@example.org>" },
      filters: {
        keepVersions: 0,
        excludePatterns: [],
        includePatterns: [],
        sections: [],
        priorities: [],
        withDependencies: false,
        withRecommends: false,
      },
      snapshot: {
        path: "/var/lib/snapshots",
        nameFormat: "20060102",
        environments: ["test", "/srv/www/m"],
        allowCopy: true,
        automatic: true,
        keepLast: 0,
        keepWithin: 30 * 24 * 3_600_000,
      },
      publishToStaging: true,
      rootShows: "test",
      promote: {
        verify: "full",
        minPackages: 100,
        maxShrink: 0.125,
        requireValid: true,
        command: ["/usr/bin/check", "-v", "-v", ""],
        timeout: 3_600_000,
      },
      retries: 0,
      stallTimeout: 60_000,
      giveUpAfter: 3_600_000,
      proxy: "http://proxy.example:3128/",
      authFile: "/etc/mirrorctl/auth.conf",
      tls: {
        minVersion: "1.3",
        maxVersion: "1.3",
        insecureSkipVerify: true,
        caCertFile: "/etc/mirrorctl/ca.pem",
        clientCertFile: "/etc/mirrorctl/cert.pem",
        clientKeyFile: "/etc/mirrorctl/key.pem",
        cipherSuites: ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
        serverName: "deb.example.org",
      },
    });
  });

  test("keeps the mirrors in the order of the file", () => {
    const text = `${file("")}
      [mirrors.b]
      url = "http://b.example"
      suites = ["x/"]
      [mirrors.a]
      url = "http://a.example"
      suites = ["x/"]`;
    expect(parse(text).mirrors.map(({ id }) => id)).toEqual(["m", "b", "a"]);
  });

  test("is refused without a source as a programmer's mistake", () => {
    expect(() => parseConfig([], { env: {} })).toThrow(TypeError);
  });
});

describe("a path", () => {
  test.each([
    ["/srv/mirrors/", "/srv/mirrors"],
    ["/srv//mirrors/./", "/srv/mirrors"],
    ["~/mirrors", "/home/me/mirrors"],
    ["~", "/home/me"],
    ["${DATA}/mirrors", "/data/mirrors"],
    ["/srv/${SUB}/$x", "/srv/a b/$x"],
    ["/srv/${TRICK}", "/srv/${SUB}"],
    ["/srv/../x", "/srv/../x"],
  ])("%s becomes %s", (given, expected) => {
    const env = { DATA: "/data", SUB: "a b", TRICK: "${SUB}" };
    expect(parse(file(`dir = '${given}'`), { env, home: "/home/me" }).dir).toBe(expected);
  });

  test("of the home directory is not searched for names", () => {
    expect(parse(file("dir = '~/x'"), { home: "/home/${me}/" }).dir).toBe("/home/${me}/x");
  });

  test.each([
    ["srv/mirrors", "ERR_CONFIG_BAD_PATH"],
    ["", "ERR_CONFIG_BAD_PATH"],
    ["/", "ERR_CONFIG_BAD_PATH"],
    ["/./", "ERR_CONFIG_BAD_PATH"],
    ["~other/x", "ERR_CONFIG_BAD_PATH"],
    ["/a\\u0000b", "ERR_CONFIG_BAD_PATH"],
    ["~/mirrors", "ERR_CONFIG_UNDEFINED_NAME"],
    ["${MISSING}/x", "ERR_CONFIG_UNDEFINED_NAME"],
    ["${EMPTY}/x", "ERR_CONFIG_UNDEFINED_NAME"],
    ["${constructor}/x", "ERR_CONFIG_UNDEFINED_NAME"],
    ["${A:-b}/x", "ERR_CONFIG_BAD_VALUE"],
    ["/x/${A", "ERR_CONFIG_BAD_VALUE"],
  ])("%j is refused as %s", (given, code) => {
    expect(problem(file(`dir = "${given}"`), { env: { EMPTY: "" } })).toMatchObject({
      code,
      path: "dir",
      line: 1,
    });
  });
});

describe("a URL", () => {
  test.each([
    ["https://Deb.Example.org/debian", "https://deb.example.org/debian/"],
    ["http://deb.example.org", "http://deb.example.org/"],
    ["HTTP://deb.example.org:80/a/", "http://deb.example.org/a/"],
    ["https://[::1]:8443/a", "https://[::1]:8443/a/"],
    ["https://host/~user/debian", "https://host/~user/debian/"],
    ["https://${U}:${P}@host/x", "https://me:s%3Acret@host/x/"],
    ["https://host/${PART}/x", "https://host/a/b/x/"],
  ])("%s becomes %s", (given, expected) => {
    const env = { U: "me", P: "s%3Acret", PART: "a/b" };
    const [first] = parse(file("", `url = "${given}"`, "url"), { env }).mirrors;
    expect(first?.urls).toEqual([expected]);
  });

  test.each([
    "ftp://host/x",
    "rsync://host/x",
    "deb.example.org/debian",
    "https:deb.example.org",
    "https:///x",
    "https:\\\\\\\\host\\\\x",
    "https://ho st/x",
    "https://host/x\\n",
    "https://host/x?y=1",
    "https://host/x#y",
    "https://host/x?",
    "https://host:99999/",
    "",
    " https://host/",
  ])("%j is refused", (given) => {
    expect(problem(file("", `url = "${given}"`, "url"))).toMatchObject({
      code: "ERR_CONFIG_BAD_URL",
      path: "mirrors.m.url",
    });
  });

  test("takes no credentials whose characters would move its host", () => {
    const text = file("", 'url = "https://me:${P}@host/x"', "url");
    expect(problem(text, { env: { P: "1/evil" } }).code).toBe("ERR_CONFIG_BAD_URL");
    expect(problem(text, { env: { P: "x@evil" } }).code).toBe("ERR_CONFIG_BAD_URL");
  });

  test("and a list of them exclude each other in one table", () => {
    expect(problem(file("", 'urls = ["http://a"]'))).toMatchObject({
      code: "ERR_CONFIG_CONFLICT",
      path: "mirrors.m.urls",
    });
  });

  test("of a proxy has no path", () => {
    expect(problem(file("", 'proxy = "http://p:1/x"')).code).toBe("ERR_CONFIG_BAD_URL");
    expect(mirror('proxy = "none"').proxy).toBe("none");
  });
});

describe("a suite", () => {
  test.each([
    ["bookworm", "bookworm"],
    ["buster/updates", "buster/updates"],
    ["./", "/"],
    ["/", "/"],
    ["stable//x/", "stable/x/"],
    ["a..b", "a..b"],
  ])("%s becomes %s", (given, expected) => {
    expect(mirror(`suites = ["${given}"]`, "suites").suites).toEqual([expected]);
  });

  test.each(["", ".", "../x", "a/../b", "/x", "//", "a b", "a\\tb", "a\\\\b", "a\\u0007"])(
    "%j is refused",
    (given) => {
      expect(problem(file("", `suites = ["${given}"]`, "suites"))).toMatchObject({
        code: "ERR_CONFIG_BAD_VALUE",
        path: "mirrors.m.suites[0]",
      });
    },
  );

  test("that is flat needs no sections and no architectures", () => {
    expect(mirror('suites = ["./"]', "suites", "sections", "architectures")).toMatchObject({
      suites: ["/"],
      sections: [],
      architectures: [],
    });
  });

  test("that is not flat needs them although another one is flat", () => {
    const text = file("", 'suites = ["./", "sid"]', "suites", "sections", "architectures");
    expect(problem(text.replace("[mirrors.m]", "[mirrors.m]\nsections=['main']"))).toMatchObject({
      code: "ERR_CONFIG_MISSING_KEY",
      path: "mirrors.m.architectures",
    });
  });
});

describe("a list", () => {
  test.each(["suites", "sections", "architectures", "pgp_key_path", "pgp_fingerprints"])(
    "of %s is not empty",
    (key) => {
      expect(problem(file("", `${key} = []`, key))).toMatchObject({
        code: "ERR_CONFIG_BAD_VALUE",
        path: `mirrors.m.${key}`,
      });
    },
  );

  test("of what may be missing may be empty", () => {
    expect(mirror("ignore_missing = []").ignoreMissing).toEqual([]);
  });

  test.each([
    ["suites", '["sid", "sid"]', 1],
    ["suites", '["x/", "sid", "./x//"]', 2],
    ["sections", '["main", "main"]', 1],
    ["architectures", '["all", "amd64", "all"]', 2],
    ["urls", '["http://a", "HTTP://a:80/"]', 1],
  ])("of %s names nothing twice: %s", (key, list, index) => {
    expect(
      problem(
        file("", `${key} = ${list}`, key, "url").replace(
          "[mirrors.m]",
          key === "urls" ? "[mirrors.m]" : "[mirrors.m]\nurl='http://a'",
        ),
      ),
    ).toMatchObject({
      code: "ERR_CONFIG_DUPLICATE_VALUE",
      path: `mirrors.m.${key}[${index}]`,
    });
  });
});

describe("architectures", () => {
  test("do not hold all, which is implied", () => {
    expect(mirror('architectures = ["all", "arm64"]', "architectures").architectures).toEqual([
      "arm64",
    ]);
  });

  test("are refused where all is the only one", () => {
    expect(problem(file("", 'architectures = ["all"]', "architectures")).code).toBe(
      "ERR_CONFIG_BAD_VALUE",
    );
  });

  test.each([
    ["x86_64", "amd64"],
    ["aarch64", "arm64"],
    ["AMD64", "amd64"],
    ["source", "mirror_source = true"],
    ["any", undefined],
  ])("of another tongue are refused: %s", (given, suggestion) => {
    const found = problem(file("", `architectures = ["${given}"]`, "architectures"));
    expect(found.code).toBe("ERR_CONFIG_BAD_VALUE");
    expect(found.suggestion).toBe(suggestion);
  });
});

describe("a fingerprint", () => {
  test("may be written with blanks and 0x", () => {
    const spaced = "0x0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567";
    expect(mirror(`pgp_fingerprints = ["${spaced}"]`).pgpFingerprints).toEqual([
      "0123456789ABCDEF0123456789ABCDEF01234567",
    ]);
  });

  test("is never a short key id", () => {
    expect(problem(file("", 'pgp_fingerprints = ["0123456789ABCDEF"]')).code).toBe(
      "ERR_CONFIG_BAD_VALUE",
    );
  });
});

describe("a number", () => {
  test.each(["0", "-1", "10001", "99999999999999999999"])("of connections is not %s", (n) => {
    expect(problem(file(`max_conns = ${n}`))).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "max_conns",
    });
  });

  test.each(["1.0", '"10"', "true", "[10]", "2020-01-01", "inf"])("is not %s", (value) => {
    expect(problem(file(`max_conns = ${value}`)).code).toBe("ERR_CONFIG_WRONG_TYPE");
  });

  test("of seconds stays below what a timer can hold", () => {
    expect(mirror('stall_timeout = "24d"').stallTimeout).toBeLessThan(2 ** 31);
    expect(problem(file("", 'stall_timeout = "25d"')).code).toBe("ERR_CONFIG_BAD_VALUE");
    expect(problem(file("", 'give_up_after = "0s"')).code).toBe("ERR_CONFIG_BAD_VALUE");
  });
});

describe("min_free", () => {
  test.each([
    ["2%", { share: 0.02 }],
    ["0%", { share: 0 }],
    ["0B", { bytes: 0 }],
    ["500MB", { bytes: 500_000_000 }],
    ["5GB", { bytes: 5_000_000_000 }],
    ["1.5kB", { bytes: 1500 }],
    ["10GiB", { bytes: 10_737_418_240 }],
    ["1TiB", { bytes: 1_099_511_627_776 }],
  ])("takes %s", (value, minFree) => {
    expect(parse(file(`min_free = "${value}"`)).minFree).toEqual(minFree);
  });

  test.each([
    ["5G", "5GB"],
    ["5gb", "5GB"],
    ["1.5 GB", undefined],
    ["10gib", "10GiB"],
    ["64K", "64kB"],
    ["5", undefined],
    ["-5GB", undefined],
    ["101%", undefined],
    ["9999999999999PB", undefined],
    ["", undefined],
  ])("refuses %j", (value, suggestion) => {
    const found = problem(file(`min_free = "${value}"`));
    expect(found).toMatchObject({ code: "ERR_CONFIG_BAD_VALUE", path: "min_free" });
    expect(found.allowed).toContain("10GiB");
    expect(found.suggestion).toBe(suggestion);
  });

  test("is no number, and no key of a mirror", () => {
    expect(problem(file("min_free = 5")).code).toBe("ERR_CONFIG_WRONG_TYPE");
    expect(problem(file("", 'min_free = "5GB"'))).toMatchObject({
      code: "ERR_CONFIG_UNKNOWN_KEY",
      suggestion: "min_free",
    });
  });
});

describe("translations", () => {
  test("may be switched off", () => {
    expect(mirror("indices = { translations = false }").indices.translations).toBe(false);
    expect(mirror("indices = { translations = [] }").indices.translations).toEqual([]);
  });

  test.each([
    ["true", "ERR_CONFIG_BAD_VALUE", ""],
    ['"en"', "ERR_CONFIG_BAD_VALUE", ""],
    ["5", "ERR_CONFIG_WRONG_TYPE", ""],
    ['["../x"]', "ERR_CONFIG_BAD_VALUE", "[0]"],
    ["[5]", "ERR_CONFIG_WRONG_TYPE", "[0]"],
  ])("are not %s", (value, code, element) => {
    expect(problem(file("", `indices = { translations = ${value} }`))).toMatchObject({
      code,
      path: `mirrors.m.indices.translations${element}`,
    });
  });
});

describe("the log", () => {
  test("takes the level in any case, and warning for warn", () => {
    expect(parse(file('log = { level = "WARNING", format = "JSON" }')).log).toEqual({
      level: "warn",
      format: "json",
    });
  });

  test("is refused with another level", () => {
    expect(problem(file('log = { level = "trace" }'))).toMatchObject({
      code: "ERR_CONFIG_BAD_VALUE",
      path: "log.level",
      found: '"trace"',
      allowed: '"debug", "info", "warn" or "error"',
    });
  });
});
