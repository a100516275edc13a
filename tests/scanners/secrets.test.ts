import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { findNamedSecret, findSecrets } from "../../src/scanners/secrets.js";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY = "R7mQ2vLx9ZpK4wTn8sYd3hFb6JgVcA";
/** Deterministic stand-in for random characters. */
const random = (length: number) => "q8Zr2LmX5vKt9WbNc3HdYj7PsGf4TnRk6Mw".repeat(4).slice(0, length);
const letters = "qZrLmXvKtWbNcHdYjPsGfTnRkMwQzRlMxV";
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const jwt = (header: object) => `${encoded(header)}.${encoded({ sub: "77", exp: 1 })}.${random(43)}`;

function withChecksum(prefix: string): string {
  let rest = crc32(BODY);
  let digits = "";
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return prefix + BODY + digits;
}

// Parts are joined so that no whole credential stands in this file for other scanners to find.
const samples: readonly (readonly [kind: string, text: string, twin: string])[] = [
  ["AWS access key id", `AKI${"A"}Q3EGZ7TWLKVN4R2D`, "AKIAQ3EGZ7TWLKVN4R1D"],
  ["GitHub token", withChecksum("ghp_"), "ghp_short"],
  ["GitHub fine-grained token", `github${"_pat_"}${random(22)}_${random(59)}`, `github_pat_${random(22)}`],
  ["GitLab token", `glp${"at-"}${random(20)}`, `glpat-${random(12)}`],
  ["Hugging Face token", `h${"f_"}${letters}`, "hf_hub_download_and_load_the_model_x"],
  ["OpenAI key", `s${"k-"}${random(20)}T3BlbkFJ${random(20)}`, `sk-${random(48)}`],
  ["Anthropic key", `sk-${"ant-"}api03-${random(93)}AA`, `sk-ant-api03-${random(20)}AA`],
  ["Slack token", `xo${"xb-"}904417623518-9044176235184-${random(24)}`, "xoxb-token"],
  ["Google API key", `AI${"za"}${random(35)}`, `AIza${random(20)}`],
  ["Stripe live key", `sk${"_live_"}${random(24)}`, `sk_test_${random(24)}`],
  ["npm token", withChecksum("npm_"), "npm_config_registry"],
  ["Azure storage key", `Account${"Key="}${random(86)}==`, "AccountKey=key"],
  ["Databricks token", `da${"pi"}0f1e2d3c4b5a69788796a5b4c3d2e1f0`, "dapi0123"],
  ["JSON Web Token", jwt({ alg: "HS256" }), jwt({ typ: "note" })],
  [
    "private key",
    `-----BEGIN ${"PRIVATE"} KEY-----\n${random(64)}\n-----END PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${random(64)}\n...`,
  ],
  ["password in a URL", `https://admin:${random(12)}@host.example.org/`, "https://user:password@host.example.org/"],
];

describe("findSecrets", () => {
  test.each(samples)("finds a %s", (kind, text) => {
    const [found] = findSecrets(`token = "${text}"`);
    expect(found?.kind).toBe(kind);
    expect(found?.genuine).toBe(true);
  });

  test.each(samples)("finds no %s in its twin", (_kind, _text, twin) => {
    expect(findSecrets(`token = "${twin}"`)).toEqual([]);
  });

  test("shows four characters and the length", () => {
    const [found] = findSecrets(withChecksum("ghp_"));
    expect(found?.masked).toBe("ghp_… (40 characters)");
  });

  test("a token whose checksum does not hold is doubted", () => {
    expect(findSecrets(`ghp_${BODY}000001`)[0]?.genuine).toBe(false);
  });

  test("placeholders and allowed strings are none", () => {
    expect(findSecrets(`ghp_${"x".repeat(36)}`)).toEqual([]);
    expect(findSecrets("AKIAIOSFODNN7EXAMPLE")).toEqual([]);
    const [, token] = samples[1] ?? ["", ""];
    expect(findSecrets(token, [token])).toEqual([]);
  });

  test("text made to look like the beginnings of all of them ends quickly", () => {
    const started = performance.now();
    for (const start of ["AKIA", "xoxb-1-", "eyJ.eyJ", "http://a:", "-----BEGIN PRIVATE KEY-----", "sk-T3BlbkFJ"]) {
      findSecrets(start.repeat(100_000));
    }
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("findNamedSecret", () => {
  test.each(["aws_secret_access_key", "hub_token", "api-key", "db.password", "client_secret"])("%s", (key) => {
    expect(findNamedSecret(key, "q8Zr2LmX5vKt9WbNc3HdYj7PsGf4TnRk6Mw8QzR1")?.kind).toBe(`value of ${key}`);
  });

  test.each([
    ["token_type_ids", "q8Zr2LmX5vKt9WbNc3HdYj7PsGf4TnRk6Mw8QzR1"],
    ["pad_token", "q8Zr2LmX5vKt9WbNc3HdYj7PsGf4TnRk6Mw8QzR1"],
    ["api_key", "YOUR_API_KEY_GOES_HERE"],
    ["password", "correct horse battery staple"],
    ["secret_key", "aaaaaaaaaaaaaaaaaaaaaaaa1"],
    ["hub_token", "transformers"],
  ])("%s = %s is none", (key, value) => {
    expect(findNamedSecret(key, value)).toBeUndefined();
  });
});
