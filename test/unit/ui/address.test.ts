import assert from "node:assert/strict";
import { isAddress, tcpAddress } from "../../../src/ui/address";

describe("isAddress", () => {
  it("takes host and port", () => {
    for (const good of ["192.168.1.20:5555", "phone.local:37001", "[fe80::1]:5555", " 10.0.0.1:1 "]) {
      assert.ok(isAddress(good), good);
    }
  });

  it("refuses what adb would not understand", () => {
    for (const bad of ["", "192.168.1.20", ":5555", "a b:1", "host:0", "host:65536", "host:12x", "fe80::1:5555"]) {
      assert.ok(!isAddress(bad), bad);
    }
  });
});

describe("tcpAddress", () => {
  it("is that of devices over TCP only", () => {
    assert.equal(tcpAddress("adb:127.0.0.1:5555"), "127.0.0.1:5555");
    assert.equal(tcpAddress("adb:R5CT20XYZ"), undefined);
    assert.equal(tcpAddress("local"), undefined);
  });
});
