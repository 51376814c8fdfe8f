import assert from "node:assert/strict";
import { test } from "node:test";

import { Claims } from "../src/keep.ts";
import { policy } from "../src/policy.ts";

const { recent_claims: MOST, claim_seconds: LONGEST } = policy.limits;

test("a claim runs, then is recent, then free", () => {
  let now = 0;
  const claims = new Claims(() => now);
  assert.equal(claims.take("mine"), "claimed");
  now = 1e9;
  assert.equal(claims.take("mine"), "running");
  assert.equal(claims.take("other"), "claimed");
  claims.release("mine", 20);
  now += 19_999;
  assert.equal(claims.take("mine"), "recent");
  now += 1;
  assert.equal(claims.take("mine"), "claimed");
});

test("none is recent for longer than the policy says, whatever was asked for", () => {
  let now = 0;
  const claims = new Claims(() => now);
  claims.take("for ever");
  claims.release("for ever", 2 ** 32 - 1);
  now = LONGEST * 1000 - 1;
  assert.equal(claims.take("for ever"), "recent");
  now += 1;
  assert.equal(claims.take("for ever"), "claimed");
});

test("as many are recent as the policy says: of more, the oldest go", () => {
  const claims = new Claims(() => 0);
  claims.take("held");
  for (let key = 0; key <= MOST; key += 1) {
    assert.equal(claims.take(`${key}`), "claimed");
    claims.release(`${key}`, 20);
  }
  assert.equal(claims.take("0"), "claimed");
  assert.equal(claims.take("1"), "recent");
  assert.equal(claims.take(`${MOST}`), "recent");
  assert.equal(claims.take("held"), "running");
});
