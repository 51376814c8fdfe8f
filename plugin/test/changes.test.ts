import assert from "node:assert/strict";
import { test } from "node:test";

import table from "../../host-test/tables/confirmations.json" with { type: "json" };
import { confirmationSeen, isNamedBy, mint, type Proposal, Proposals, words } from "../src/changes.ts";
import { handle } from "../src/digest.ts";
import type { commands } from "../src/contract.ts";

function proposal(user: string, expiresAt = 1120): Proposal {
  const change = { tag: "auth-order-clear", val: "openai" } as const;
  return { change, note: "clear", user, agent: "main", state: "digest", expiresAt };
}

test("a code is good for its user, for its time and once", () => {
  const kept = new Proposals(120);
  assert.equal(kept.get("CODE", "ann", "main", 1000), undefined);
  kept.put("CODE", proposal("ann"));
  const has = (code: string, user: string, agent: string, now: number) => kept.get(code, user, agent, now) !== undefined;
  assert.ok(has("CODE", "ann", "main", 1000));
  assert.ok(has("CODE", "ann", "main", 1119));
  assert.ok(!has("code", "ann", "main", 1000));
  assert.ok(!has("", "ann", "main", 1000));
  assert.ok(!has("CODE", "bob", "main", 1000));
  assert.ok(!has("CODE", "ann", "ops", 1000));
  assert.ok(!has("CODE", "ann main", "", 1000));
  assert.equal(kept.take("NOPE", "ann", "main", 1000), undefined);
  assert.deepEqual(kept.take("CODE", "ann", "main", 1000), proposal("ann"));
  assert.equal(kept.take("CODE", "ann", "main", 1000), undefined);
  for (const lapsed of [1120, 999]) {
    kept.put("CODE", proposal("ann"));
    assert.ok(!has("CODE", "ann", "main", lapsed));
    assert.ok(!has("CODE", "ann", "main", 1000), "it is gone");
  }
});

test("another proposal of the same user replaces the first", () => {
  const kept = new Proposals(120);
  kept.put("ONE", proposal("ann"));
  kept.put("BOB", proposal("bob"));
  kept.put("TWO", proposal("ann"));
  assert.equal(kept.get("ONE", "ann", "main", 1000), undefined);
  assert.ok(kept.get("TWO", "ann", "main", 1000));
  assert.ok(kept.get("BOB", "bob", "main", 1000));
});

test("a code tells its user, and nobody else, which agent it is for", () => {
  const kept = new Proposals(120);
  kept.put("CODE", { ...proposal("ann"), agent: "research" });
  assert.equal(kept.agentOf("CODE", "ann"), "research");
  assert.equal(kept.agentOf("CODE", "bob"), undefined);
  assert.equal(kept.agentOf("NOPE", "ann"), undefined);
});

test("a thousand are kept: the lapsed go first, then the oldest", () => {
  const kept = new Proposals(120);
  const has = (user: string, now: number) => kept.get("CODE", user, "main", now) !== undefined;
  for (let user = 0; user < 999; user += 1) kept.put("CODE", proposal(`${user}`));
  kept.put("CODE", proposal("later", 1300));
  kept.put("CODE", proposal("last", 1310));
  assert.ok(has("later", 1200) && has("last", 1200));
  assert.ok(!has("0", 1000) && !has("998", 1000));
  for (let user = 0; user < 999; user += 1) kept.put("CODE", proposal(`${user}`, 1310));
  assert.ok(!has("later", 1200) && has("last", 1200) && has("0", 1200) && has("998", 1200));
});

test("only a user's own command or button confirms", () => {
  for (const { from, text, seen } of table) {
    const origin = { tag: from, val: from === "terminal" ? text.split(" ") : text } as commands.Origin;
    assert.deepEqual(confirmationSeen(origin) ?? null, seen, `${from} ${text}`);
  }
});

test("a deletion takes the profile's name", () => {
  const named = (profile: string, name: string) => {
    const change = { tag: "auth-logout", val: profile } as const;
    return isNamedBy({ ...proposal("ann"), change }, { code: "K7", name });
  };
  assert.ok(named("openai:work", "work") && named("openai:work", "openai:work"));
  assert.ok(named("openai:a:b c", "a:b c") && named("openai:a:b c", handle("openai:a:b c")));
  assert.ok(named("openai:ann@example.com", handle("openai:ann@example.com")));
  assert.ok(named("plain", "plain") && named("plain", handle("plain")));
  assert.ok(!named("openai:work", "") && !named("openai:work", "openai") && !named("openai:work", "Work"));
  assert.ok(!named("openai:work", handle("openai:work")));
  assert.ok(!named("openai:", "") && !named("plain", ""));
  assert.ok(isNamedBy(proposal("ann"), { code: "K7", name: "" }));
  // As the Rust host's.
  assert.equal(handle("abc"), "ba7816bf");
});

test("a change has a name of two words", () => {
  const provider = "openai";
  assert.equal(words({ tag: "auth-order-set", val: { provider, profiles: [] } }), "order set");
  assert.equal(words({ tag: "auth-order-clear", val: provider }), "order clear");
  assert.equal(words({ tag: "auth-login", val: { provider } }), "login");
  assert.equal(words({ tag: "auth-logout", val: "openai:a" }), "logout");
});

test("a code has eight letters that are told apart", () => {
  assert.equal(mint(Uint8Array.of(0, 31, 32, 10, 255, 18, 20, 30)), "0Z0AZJMY");
  assert.match(mint(), /^[0-9A-HJKMNP-TV-Z]{8}$/);
  assert.notEqual(mint(), mint());
});
