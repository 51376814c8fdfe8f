import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";

import callbacks from "../../host-test/tables/callbacks.json" with { type: "json" };
import table from "../../host-test/tables/secrets.json" with { type: "json" };
import { callbackSecrets, SecretScan } from "../src/secrets.ts";

test("a secret is found whole and in its parts", () => {
  const scan = new SecretScan(table.secrets);
  const { found, passed } = table;
  assert.deepEqual(found.filter((text) => !scan.finds(text)), []);
  assert.deepEqual(found.filter((text) => !scan.finds(Buffer.from(text))), []);
  assert.deepEqual(passed.filter((text) => scan.finds(text)), []);
  assert.ok(!new SecretScan([]).finds("anything"));
});

test("of thousands of secrets each is found, wherever it stands", () => {
  const random = (bytes: number) => randomBytes(bytes).toString("base64url");
  const tokens = Array.from({ length: 2000 }, () => `${random(20)}.${random(600)}.${random(256)}`);
  const scan = new SecretScan(tokens);
  const body = Buffer.from(random(6000));
  assert.ok(!scan.finds(body));
  for (const [index, token] of tokens.entries()) {
    const part = token.split(".")[1 + (index % 2)]!;
    const held = Buffer.from(body);
    held.write(part.slice(-40), (index * 31) % (held.length - 40));
    assert.ok(scan.finds(held), token);
  }
  const [last] = tokens;
  assert.ok(scan.finds(body + last!) && scan.finds(last + body.toString()));
});

test("half a letter at the cut does not hide a secret", () => {
  for (const secret of ["ö".repeat(30), "a" + "ö".repeat(30), "👍".repeat(30), "a" + "👍".repeat(30), "👍" + "a".repeat(39)]) {
    assert.ok(new SecretScan([secret]).finds(`x${secret}y`), secret);
  }
});

test("what is not seen does not hide a secret", () => {
  const secret = "canary-access-0123456789-0123456789-0123456789";
  const scan = new SecretScan([secret]);
  const unseen = ["\t", " ", "\u0085", "\u00a0", "\u00ad", "\u034f", "\u1680", "\u2009", "\u200b", "\u202e", "\u202f", "\u2060", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\u{e0020}", "\u{e01ef}"];
  for (const each of [...unseen, unseen.join("")]) {
    const woven = [...secret].join(each);
    assert.ok(scan.finds(woven), JSON.stringify(each));
    assert.ok(scan.finds(Buffer.from(`ö${woven}ö`)), JSON.stringify(each));
    const escaped = (text: string) => text.replace(/[^\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
    assert.ok(scan.finds([...secret].map((letter) => letter + escaped(each)).join("")), escaped(each));
    assert.ok(scan.finds([...secret].join(encodeURIComponent(each))), encodeURIComponent(each));
    assert.ok(scan.finds([...Buffer.from(secret).toString("base64")].join(each)), each);
    assert.ok(scan.finds(escaped(secret).replaceAll("u", `u${each}`)), each);
  }
  assert.ok(!scan.finds([...secret].join("x")));
});

const scanOf = (text: string) => new SecretScan(callbackSecrets({ tag: "command", val: text }));

test("the parameters of a callback are secrets however they were typed", () => {
  for (const text of callbacks.typed) {
    const scan = scanOf(text);
    assert.ok(callbacks.parameters.every((secret) => scan.finds(secret)), text);
    assert.ok(!scan.finds(callbacks.shown), text);
    const secrets = callbackSecrets({ tag: "command", val: text });
    assert.deepEqual(callbackSecrets({ tag: "tool", val: text }), secrets);
    assert.deepEqual(callbackSecrets({ tag: "terminal", val: text.split(" ") }), secrets);
    assert.deepEqual(callbackSecrets({ tag: "button", val: text }), []);
  }
});

test("a callback is one however often it was encoded", () => {
  const [code, state] = ["ac_FAKE0123456789abcdef", "FAKE-state-of-somebody"];
  let query = `?code=${code}&state=${state}`;
  for (let times = 0; times <= 4; times += 1) {
    for (const before of ["finish work ", ""]) {
      const scan = scanOf(`${before}http://localhost:1455/auth/callback${query}`);
      assert.ok(scan.finds(code) && scan.finds(state), `${before}, ${times} times`);
    }
    query = encodeURIComponent(query);
  }
});

test("a name and a word of the protocol are none", () => {
  for (const { typed, found, passed } of callbacks.others) {
    const scan = scanOf(typed);
    assert.ok(found.every((text) => scan.finds(text)), typed);
    assert.ok(!passed.some((text) => scan.finds(text)), typed);
  }
});

test("what cannot be decoded stays as it is", () => {
  for (const { text, decoded } of callbacks.decoded) {
    assert.ok(callbackSecrets({ tag: "command", val: `finish work a=${text}` }).includes(decoded), text);
  }
});
