import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { findEndpoints } from "../../src/scanners/endpoints.js";

const { network } = await defaultPolicy();
const kinds = (text: string) => findEndpoints(text, network).map(({ kind }) => kind);

describe("addresses that a model has no use for", () => {
  test.each([
    ["http://abcdefghijklmnop.onion/x", "onion"],
    ["https://a1b2.ngrok-free.app/cb", "tunnel"],
    ["https://pastebin.com/raw/abc", "paste"],
    ["https://discord.com/api/webhooks/1/x", "webhook"],
    ["https://webhook.site/uuid", "collector"],
    ["https://me.duckdns.org:8443/", "dynamic-dns"],
    ["http://169.254.169.254/latest/meta-data", "metadata-service"],
    ["http://203.0.113.7:8080/c2", "ip-address"],
    ["http://0xCB007107/", "ip-address"],
    ["http://3405803783/", "ip-address"],
    ["tcp://[2001:db8::1]:9/", "ip-address"],
  ])("%s is a %s", (text, kind) => {
    expect(kinds(`see ${text} there`)).toEqual([kind]);
  });

  test.each([
    "https://huggingface.co/org/model",
    "https://discord.com/invite/abc",
    "https://example.org/paper.pdf",
    "http://www.w3.org/2001/XMLSchema",
    "http://localhost:8000/v1",
    "http://127.0.0.1:11434",
    "http://192.168.1.20/",
    "http://10.0.0.1/",
    "https://notngrok.io.example.com/",
    "version 1.2.3.4",
  ])("%s is ordinary", (text) => {
    expect(kinds(text)).toEqual([]);
  });

  test("a password in an address is not repeated", () => {
    expect(findEndpoints("http://me:hunter2@203.0.113.7/", network)[0]?.address).toBe("http://…@203.0.113.7/");
  });

  test("an allowed host is silent, whatever list it is on", () => {
    expect(findEndpoints("https://webhook.site/x", { ...network, allowed_hosts: ["webhook.site"] })).toEqual([]);
  });
});
