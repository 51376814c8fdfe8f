import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { geteuid, platform } from "node:process";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { Claims, Memory } from "../src/keep.ts";
import { policy } from "../src/policy.ts";

const { limits } = policy;
const opened = await open(import.meta.filename);
/** The class of opened files, which has no name to be imported by. */
const FILE = Object.getPrototypeOf(opened) as FileHandle;
await opened.close();

const { recent_claims: MOST, claim_seconds: LONGEST } = limits;

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

describe("what lies on disk", { skip: platform === "win32" }, () => {
  const HEX = /^[0-9a-f]{32}$/;
  let folder: string;
  let warned: string[];
  let memory: () => Memory;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "codex-profiler-keep-")), "state");
    mkdirSync(folder, { mode: 0o700 });
    warned = [];
    memory = () => new Memory(folder, (why) => warned.push(why));
  });
  afterEach(() => rmSync(dirname(folder), { recursive: true }));
  const put = (name: string, content: string, mode = 0o600) => writeFileSync(join(folder, name), content, { mode });
  const bytes = Buffer.from("kept");

  test("is kept for the next process, for nobody else to read", async () => {
    const salt = await memory().salt();
    assert.equal(await memory().salt(), salt);
    assert.equal(await memory().save("readings", bytes, 0n), 1n);
    assert.deepEqual(await memory().load("readings"), { bytes: new Uint8Array(bytes), version: 1n });
    for (const name of ["memory", "salt"]) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.deepEqual(warned, []);
  });

  test("is read anew where another process changed it, and only there", async () => {
    const read = mock.method(FILE, "read");
    const kept = memory();
    const version = async () => (await kept.load("readings")).version;
    try {
      assert.equal(await memory().save("readings", bytes, 0n), 1n);
      assert.deepEqual([await version(), await version()], [1n, 1n]);
      assert.equal(read.mock.callCount(), 1);
      assert.equal(await memory().save("readings", bytes, 1n), 2n);
      assert.equal(await version(), 2n);
      put("memory", "9 4\nkept");
      assert.equal(await version(), 9n);
      rmSync(join(folder, "memory"));
      assert.equal(await version(), 0n);
    } finally {
      read.mock.restore();
    }
  });

  test("is written anew where somebody was ended half-way", async () => {
    put("memory.new", "1 4\nhal");
    symlinkSync(join(folder, "elsewhere"), join(folder, "salt.new"));
    await memory().salt();
    assert.equal(await memory().save("readings", bytes, 0n), 1n);
    assert.deepEqual(readdirSync(folder).sort(), ["memory", "salt"]);
    assert.deepEqual((await memory().load("readings")).bytes, new Uint8Array(bytes));
  });

  test("is no salt where it is empty, oversized, or others can read it", async () => {
    const known = "0123456789abcdef".repeat(2);
    put("salt", known);
    assert.equal(await memory().salt(), known);
    for (const [content, mode] of [["", 0o600], [known.slice(1), 0o600], [`${known}0`, 0o600], ["x".repeat(1 << 20), 0o600], [known, 0o640], [known, 0o604], [known, 0o620]] as const) {
      rmSync(join(folder, "salt"));
      put("salt", content, mode);
      chmodSync(join(folder, "salt"), mode);
      const salt = await memory().salt();
      assert.match(salt, HEX);
      assert.notEqual(salt, known);
      assert.equal(readFileSync(join(folder, "salt"), "utf8"), salt);
      assert.equal(statSync(join(folder, "salt")).mode & 0o777, 0o600);
    }
  });

  test("is no blob where it is cut off or too long", async () => {
    for (const content of ["", "1", "1 4\n", "1 4\nkep", "1 4\nkeptt", "1 04x\nkept", `1 ${policy.memory.readings.bytes + 1}\n${"x".repeat(policy.memory.readings.bytes + 1)}`]) {
      put("memory", content);
      const { bytes, version } = await memory().load("readings");
      assert.deepEqual([bytes.length, version], [0, 0n], content.slice(0, 20));
    }
    put("memory", "1 4\nkept");
    assert.equal((await memory().load("readings")).version, 1n);
  });

  test("is not looked for behind a link or a pipe, and not written there", async () => {
    const elsewhere = join(dirname(folder), "openclaw.json");
    for (const name of ["memory", "salt"]) {
      writeFileSync(elsewhere, name === "salt" ? "0123456789abcdef".repeat(2) : "7 4\nkept");
      symlinkSync(elsewhere, join(folder, name));
    }
    const before = readFileSync(elsewhere, "utf8");
    assert.notEqual(await memory().salt(), "0123456789abcdef".repeat(2));
    assert.equal((await memory().load("readings")).version, 0n);
    assert.equal(await memory().save("readings", bytes, 0n), 1n);
    assert.equal(readFileSync(elsewhere, "utf8"), before);
    for (const name of ["memory", "salt"]) {
      rmSync(join(folder, name));
      execFileSync("mkfifo", [join(folder, name)]);
    }
    const startedAt = performance.now();
    assert.match(await memory().salt(), HEX);
    assert.equal((await memory().load("readings")).version, 0n);
    assert.equal(await memory().save("readings", bytes, 0n), 1n);
    assert.ok(performance.now() - startedAt < 4000);
  });

  test("is nothing in a folder in which others write, or that is none", async () => {
    put("memory", "1 4\nkept");
    put("salt", "0123456789abcdef".repeat(2));
    for (const mode of [0o720, 0o702, 0o777]) {
      chmodSync(folder, mode);
      await assertNotUsed(/is writable by others/);
    }
    chmodSync(folder, 0o700);
    renameSync(folder, `${folder}-real`);
    symlinkSync(`${folder}-real`, folder);
    await assertNotUsed(/is not a folder/);
    rmSync(folder);
    writeFileSync(folder, "");
    await assertNotUsed(/is not a folder/);
  });

  test("is nothing where everybody can put another folder in its place", async () => {
    put("memory", "1 4\nkept");
    put("salt", "0123456789abcdef".repeat(2));
    chmodSync(dirname(folder), 0o777);
    await assertNotUsed(/is writable by everybody/);
    for (const mode of [0o1777, 0o775, 0o700]) {
      chmodSync(dirname(folder), mode);
      assert.equal((await memory().load("readings")).version, 1n);
    }
    assert.deepEqual(warned, []);
  });

  test("is nothing in a folder that another one was put in place of meanwhile", async () => {
    const [aside, other] = [`${folder}-aside`, `${folder}-other`];
    mkdirSync(other, { mode: 0o700 });
    put("memory", "1 4\nours");
    writeFileSync(join(other, "memory"), "2 4\nelse", { mode: 0o600 });
    const swap = () => {
      renameSync(folder, aside);
      renameSync(other, folder);
    };
    const moved = mock.method(FILE, "stat", async function (this: FileHandle) {
      moved.mock.restore();
      swap();
      return this.stat();
    });
    assert.equal((await memory().load("readings")).version, 0n);
    assert.match(warned.pop()!, /was replaced while it was being checked/);
  });

  test("is nothing in a folder of somebody else", { skip: geteuid?.() === 0 ? false : "only root can give a folder away" }, async () => {
    put("memory", "1 4\nkept");
    chownSync(folder, 12_345, 12_345);
    await assertNotUsed(/belongs to another user/);
    chownSync(folder, 0, 0);
    assert.equal((await memory().load("readings")).version, 1n);
    chownSync(join(folder, "memory"), 12_345, 12_345);
    assert.equal((await memory().load("readings")).version, 0n);
  });

  /** The gateway goes on without it, and says why. */
  async function assertNotUsed(why: RegExp): Promise<void> {
    const kept = memory();
    const salt = await kept.salt();
    assert.match(salt, HEX);
    assert.equal(await kept.salt(), salt);
    assert.deepEqual(await kept.load("readings"), { bytes: new Uint8Array(), version: 0n });
    await assert.rejects(kept.save("readings", bytes, 0n));
    assert.equal(warned.length, 1);
    assert.match(warned.pop()!, why);
  }
});

test("what is saved soon is known at once, of two one is saved, and the disk follows", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "codex-profiler-soon-")), "state");
  const memory = new Memory(folder);
  const both = await Promise.all([memory.saveSoon("readings", Buffer.from("a"), 0n), memory.saveSoon("readings", Buffer.from("b"), 0n)]);
  assert.deepEqual(both, [1n, "conflict"]);
  assert.equal((await memory.load("readings")).version, 1n);
  await memory.written();
  assert.deepEqual(await new Memory(folder).load("readings"), { bytes: new Uint8Array(Buffer.from("a")), version: 1n });
});

test("what the disk refuses is not kept, and that is said once", async () => {
  const said: string[] = [];
  const root = mkdtempSync(join(tmpdir(), "codex-profiler-soon-"));
  // Nothing can be written where a folder is in the way.
  mkdirSync(join(root, "memory.new"));
  const memory = new Memory(root, (why) => said.push(why));
  for (let times = 0; times < 2; times += 1) {
    assert.equal(await memory.saveSoon("readings", Buffer.from("a"), 0n), 1n);
    await memory.written();
  }
  assert.equal(said.length, 1);
});
