/** Where webhooks may go: public addresses alone, whatever form they are written in and whatever the DNS answers. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findAddress } from "../../server/webhooks/find-address.ts";
import { isPublicAddress } from "../../server/webhooks/public-address.ts";

const addresses = suite("where webhooks go");

const PUBLIC = [
  "8.8.8.8",
  "1.1.1.1",
  "172.32.0.1",
  "100.128.0.1",
  "193.0.0.1",
  "2606:4700::1111",
  "2a00:1450:4001::1",
];
const NOT_PUBLIC = [
  ..."0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1".split(
    " ",
  ),
  ..."172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.9.9 198.51.100.1".split(
    " ",
  ),
  ..."203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255".split(" "),
  ...":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::ffff:0:10.0.0.1".split(" "),
  ..."64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:7f00:1::".split(
    " ",
  ),
  ..."2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 4000::1".split(" "),
  ...["", "localhost", "8.8.8", "1.2.3.4.5", "fe80::1%eth0", "[::1]"],
];

addresses("are public", () => {
  for (const address of PUBLIC) assert.ok(isPublicAddress(address), address);
  for (const address of NOT_PUBLIC) assert.not(isPublicAddress(address), address);
});

/** A name server that answers each name with the addresses that the test gives it, or not at all. */
async function startNameServer(names: ReadonlyMap<string, string[]>) {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.subarray(at + 1, at + 1 + length).toString());
      at += length + 1;
    }
    const isFour = question.readUInt16BE(at + 1) === 1;
    const known = names.get(labels.join(".").toLowerCase());
    if (!known) return;
    const found = known.filter((address) => address.includes(".") === isFour && !address.includes("::ffff"));
    const answers = found.map((address) => {
      const head = Buffer.from([0xc0, 12, 0, isFour ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, isFour ? 4 : 16]);
      return Buffer.concat([head, bytesOf(address)]);
    });
    const head = Buffer.concat([
      question.subarray(0, 2),
      Buffer.from([0x81, 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]),
    ]);
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const nameServers = [`127.0.0.1:${(socket.address() as AddressInfo).port}`];
  return { nameServers, close: () => socket.close() };
}

function bytesOf(address: string): Buffer {
  if (address.includes(".")) return Buffer.from(address.split(".").map(Number));
  const [before = "", after = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const zeros = Array(8 - groups(before).length - groups(after).length).fill("0");
  const all = [...groups(before), ...zeros, ...groups(after)];
  return Buffer.concat(all.map((group) => Buffer.from(group.padStart(4, "0"), "hex")));
}

const NAMES = new Map([
  ["public.example", ["8.8.8.8", "2606:4700::1111"]],
  ["private.example", ["10.0.0.1"]],
  ["both.example", ["8.8.8.8", "127.0.0.1"]],
  ["six.example", ["8.8.8.8", "fd00::1"]],
  ["translated.example", ["64:ff9b::7f00:1"]],
  ["empty.example", []],
]);

addresses("are looked at before anything is sent, all that a name has", async () => {
  const { nameServers, close } = await startNameServer(NAMES);
  const network = { allowPrivate: false, nameServers };
  const kindOf = async (url: string) => (await findAddress(url, network)).kind;
  const found = await findAddress("https://public.example:8443/x", network);
  assert.ok(found.kind === "found");
  assert.equal(found.addresses.map(({ address }) => address).sort(), ["2606:4700::1111", "8.8.8.8"]);
  for (const name of ["private", "both", "six", "translated"])
    assert.is(await kindOf(`https://${name}.example/`), "not_allowed", name);
  assert.is(await kindOf("https://empty.example/"), "unknown");
  // A name that resolves otherwise the next time is looked at anew.
  NAMES.set("public.example", ["127.0.0.1"]);
  assert.is(await kindOf("https://public.example/"), "not_allowed");
  const open = await findAddress("http://private.example/", { allowPrivate: true, nameServers });
  assert.is(open.kind, "found");
  close();
});

addresses("wait for no name server for ever", async () => {
  const { nameServers, close } = await startNameServer(new Map());
  const signal = AbortSignal.timeout(50);
  const found = await findAddress("https://silent.example/", { allowPrivate: false, nameServers }, signal);
  assert.is(found.kind, "unknown");
  close();
});

const WRONG_URLS = [
  ..."http://8.8.8.8/ ftp://8.8.8.8/ https://127.0.0.1/ https://0x7f.1/ https://2130706433/ https://127.1/".split(
    " ",
  ),
  ..."https://[::1]/ https://[::ffff:127.0.0.1]/ https://[::ffff:8.8.8.8]/ https://[64:ff9b::a00:1]/".split(
    " ",
  ),
  ..."https://localhost/ https://a.localhost/ https://LOCALHOST./ https://169.254.169.254/latest".split(" "),
  ..."https://user:word@8.8.8.8/ https://user@8.8.8.8/ 8.8.8.8 https:// file:///etc/passwd".split(" "),
  ..."https://8.8.8.8:0/ https://8.8.8.8/a#b https://8.8.8.8/#".split(" "),
  ...["https://8.8.8.8/\0", "https://8.8.8.\n8/", "https://8.8.8.8/a\tb", "\u0085https://8.8.8.8/"],
];

addresses("are written in many forms, and are what they are", async () => {
  for (const url of WRONG_URLS)
    assert.is((await findAddress(url, { allowPrivate: false })).kind, "not_allowed", url);
  for (const url of ["https://8.8.8.8/", "https://[2606:4700::1111]:444/a?b"])
    assert.is((await findAddress(url, { allowPrivate: false })).kind, "found", url);
  const here = await findAddress("http://127.0.0.1:3000/", { allowPrivate: true });
  assert.is(here.kind, "found");
});

addresses.run();
