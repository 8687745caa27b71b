import assert from "node:assert/strict";
import { test } from "node:test";
import { CookieJar } from "./cookie-jar.js";

const epoch = Date.UTC(2026, 0, 1);

test("cookies are sent in the order they came, the last value of a name", () => {
  const jar = new CookieJar();
  assert.equal(jar.header, undefined);
  jar.set("a=1; Path=/; HttpOnly");
  jar.set(" b = x=y ; Secure");
  jar.set("a=2");
  assert.equal(jar.header, "a=2; b=x=y");
});

test("Max-Age is in seconds, goes before Expires, and runs out", () => {
  let now = epoch;
  const jar = new CookieJar(() => now);
  jar.set("age=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  jar.set("date=1; expires=Thu, 01 Jan 2026 00:00:20 GMT");
  jar.set("session=1");
  jar.set("odd=1; Max-Age=soon; Expires=some day");
  assert.equal(jar.header, "age=1; date=1; session=1; odd=1");
  now += 10_000;
  assert.equal(jar.header, "date=1; session=1; odd=1");
  now += 10_000;
  assert.equal(jar.header, "session=1; odd=1");
});

test("an age of zero or less, or a date that is past, removes the cookie", () => {
  const jar = new CookieJar(() => epoch);
  for (const name of ["a", "b", "c"]) jar.set(`${name}=1`);
  jar.set("a=; Max-Age=0");
  jar.set("b=; max-age=-1");
  jar.set("c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  assert.equal(jar.header, undefined);
});

test("what has no name is no cookie", () => {
  const jar = new CookieJar();
  for (const header of ["", "=x", "name", "; Path=/"]) jar.set(header);
  assert.equal(jar.header, undefined);
});
