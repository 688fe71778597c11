// What a POST may hold: well-formed, nonsense, too large, of other types, and by JSONP's form.

const cases = [];
const add = (name, run, server = "plain") => cases.push({ name, server, run });
const hex = (text) => Buffer.from(text.replaceAll(" ", ""), "hex");
const LIMIT = 1000; // as the servers are started

/** Posts it to a session, and looks what has become of that, and of what came before. */
function posts(name, body, options = {}) {
  const { eio3 = false, ...rest } = options;
  const query = eio3 ? "EIO=3" : "EIO=4";
  const on = eio3 ? "5:4then" : "4then";
  add(`POST ${name}${eio3 ? ", protocol 3" : ""}`, async (peer) => {
    await peer.open(query);
    await peer.post(body, { query, ...rest });
    await peer.tell("then", { body: on, query });
    await peer.poll({ query });
  }, eio3 ? "eio3" : "plain");
}

for (const text of [
  "4", "4text", "4€uro 🦀", "44", "4\n", "4\r\n", "4a\u001e4b", "4a\u001e4b\u001e4c", "bAQID", "bAQID\u001e4a\u001ebAAA=", "b", "b=", "bA", "bAQ", "bAQI", "bAQ==", "bAQ=", "bAQI=",
  "bAQID\n", "bAQ\r\nID", "bAQ ID", "b AQID", "bAQ\tID", "b!!!AQ=ID", "bAQ==ID", "b-_-_", "b+/+/", "bAR==", "b====", "bAQID!", "bäöü",
  "", "\u001e", "4a\u001e", "\u001e4a", "4a\u001e\u001e4b", "9", "9x", "a", "{}", "null", "4a\u001e9bad\u001e4after", "bAQID\u001ex\u001e4after", "7", "/", ":", " 4a", "\u00a04a", "\ufeff4a",
  "3", "3x", "3probe", "2", "2x", "2probe", "6", "6x", "5", "5x", "0", "0x", '0{"sid":"x"}', "4a\u001e3\u001e4b", "4a\u001e6\u001e4b", "4a\u001e5\u001e4b", "4a\u001e0\u001e4b", "4a\u001e2\u001e4b",
  "1", "1x", "4a\u001e1", "4a\u001e1\u001e4b", "1\u001e4b", "4a\u001e1\u001e9", "1\u001e1",
]) {
  posts(JSON.stringify(text), text);
}
for (const [name, bytes] of [
  ["a byte that is never UTF-8", "34 ff"], ["a cut character", "34 e2 82"], ["a surrogate", "34 ed a0 80"], ["an overlong slash", "34 c0 af"], ["beyond Unicode", "34 f4 90 80 80"],
  ["zeros", "34 00 00"], ["bad UTF-8 as its type", "ff 34"], ["bad UTF-8 in base64", "62 41 51 ff 44"], ["bad UTF-8 in its second packet", "34 61 1e 34 ff 1e 34 62"],
]) {
  posts(name, hex(bytes));
}

for (const type of [
  "text/plain", "text/plain;charset=UTF-8", "text/plain; charset=iso-8859-1", "text/html", "application/json", "application/octet-stream", "application/octet-stream; x=y", "Application/Octet-Stream",
  "application/x-www-form-urlencoded", "multipart/form-data", "", "nonsense",
]) {
  for (const eio3 of [false, true]) {
    posts(`of the type ${type || "nothing"}`, eio3 ? "3:4hi" : "4hi", { eio3, headers: { "Content-Type": type } });
  }
}

for (const [name, length] of [["just within the limit", LIMIT], ["just over the limit", LIMIT + 1], ["far over the limit", 50 * LIMIT]]) {
  posts(name, `4${"x".repeat(length - 1)}`);
  posts(`${name}, of two-byte characters`, `4${"é".repeat((length - 1) / 2)}${length % 2 ? "" : "x"}`);
  posts(`${name}, in chunks`, chunked(`4${"x".repeat(length - 1)}`, 300), { headers: { "Transfer-Encoding": "chunked" } });
  posts(`${name}, of packets`, "4\u001e".repeat(Math.ceil(length / 2)).slice(0, length - (length % 2 ? 0 : 1)));
}
posts("in chunks of a byte", chunked("4a\u001ebAQID\u001e4€", 1), { headers: { "Transfer-Encoding": "chunked" } });
posts("with a length of zero", "", { headers: { "Content-Length": "0" } });
posts("that is compressed, which nobody asked for", hex("1f8b0800000000000003330900b7efdc8301000000"), { headers: { "Content-Encoding": "gzip" } });

// Protocol 3: lengths in UTF-16 units.
for (const text of [
  "2:4a", "1:4", "5:4€uro", "3:4🦀", "2:4a2:4b", "6:b4AQID", "6:b4AQID2:4a", "2:b4", "7:b4AQ==x", "6:b4AQ==", "", "0:", "0:2:4a", "2:4a0:", ":", "4a", "2:4", "3:4a", "2:4ab", "2:4a2", "2:4a2:", "2:4a3:4b", "-1:4a", "+2:4a", "2.0:4a", "02:4a",
  "0x2:4a", " 2:4a", "2 :4a", "2e0:4a", "99999999999999999999:4a", "2:9a", "2:4a2:9b2:4c", "2:a4", "1:2", "6:2probe", "1:3", "1:6", "1:5", "1:1", "2:4a1:12:4b", "1:0", "b4AQID", "4:b9AA", "3:b4!", "2:4\n", "4:4\r\na", "2:4\u001e",
]) {
  posts(JSON.stringify(text), text, { eio3: true });
}
for (const [name, bytes] of [
  ["one text", "00 02 ff 34 61"], ["bytes", "01 04 ff 04 01 02 03"], ["text and bytes", "00 02 ff 34 61 01 02 ff 04 ff 00 02 ff 34 62"], ["a text of several bytes", "00 04 ff 34 e2 82 ac"], ["nothing", ""],
  ["a length of two digits", "00 01 00 ff 34 61 62 63 64 65 66 67 68 69"], ["no length", "00 ff 34"], ["a cut length", "00 02"], ["a cut text", "00 05 ff 34 61"], ["a mark that is unknown", "02 02 ff 34 61"], ["a length that is no digit", "00 0a ff 34 61 62 63 64 65 66 67 68 69"],
  ["an unknown type", "00 02 ff 39 61"], ["an unknown type of bytes", "01 02 ff 09 01"], ["a length of 400 digits", `00 ${"01".repeat(400)} ff 34`], ["a close before a text", "00 01 ff 31 00 02 ff 34 61"], ["bad UTF-8", "00 02 ff 34 ff"], ["bytes of no length", "01 01 ff 04"], ["a length of zero", "00 00 ff"],
]) {
  posts(`as bytes: ${name}`, hex(bytes), { eio3: true, headers: { "Content-Type": "application/octet-stream" } });
}

// Answers to polls, by what came before.
for (const eio3 of [false, true]) {
  for (const b64 of ["", "&b64=1", "&b64=0", "&b64="]) {
    add(`bytes and text in an answer${b64}${eio3 ? ", protocol 3" : ""}`, async (peer) => {
      const query = eio3 ? `EIO=3${b64}` : `EIO=4${b64}`;
      await peer.open(query);
      await peer.tell("€uro", { body: eio3 ? "2:4a6:b4AQID5:4€uro" : "4a\u001ebAQID\u001e4€uro", query });
      await peer.poll({ query });
      await peer.tell("🦀", { body: eio3 ? "3:4🦀" : "4🦀", query });
      await peer.poll({ query });
    }, eio3 ? "eio3" : "plain");
  }
}

// JSONP: forms in, script out.
for (const eio3 of [false, true]) {
  const server = "jsonp";
  const query = eio3 ? "EIO=3&j=3" : "EIO=4&j=3";
  const packet = (text) => (eio3 ? `${text.length}:${text}` : text);
  const form = { headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  const encode = (text) => `d=${encodeURIComponent(text)}`;
  for (const [name, text, body] of [
    ["text", "4text €"], ["quotes and tags", "4\"'</script><!--&\\"], ["line separators", "4\u2028\u2029"], ["a line break, escaped", null, `d=${packet("4a%5Cnb")}`],
    ["a line break, escaped twice", null, `d=${packet("4a%5C%5Cnb")}`], ["a line break as it is", null, `d=${packet("4a%0Ab")}`], ["plus and blank", null, `d=${packet("4a+b%20c")}`],
    ["other fields too", null, `a=b&d=${packet("4a")}&c`], ["no field", null, "x=4a"], ["the field twice", null, `d=${packet("4a")}&d=${packet("4b")}`], ["no value", null, "d="], ["no equals sign", null, "d"], ["no form", null, packet("4a")],
    ["nothing", null, ""], ["a bad escape", null, `d=${packet("4%zz")}`], ["bad UTF-8", null, `d=${packet("4%ff")}`], ["an unknown type", null, `d=${packet("9a")}`],
  ]) {
    add(`JSONP: ${name}${eio3 ? ", protocol 3" : ""}`, async (peer) => {
      await peer.open(query);
      await peer.post(body ?? encode(packet(text)), { query, ...form });
      await peer.tell("then", { body: encode(packet("4then")), query, ...form });
      await peer.poll({ query });
      await peer.post(encode(packet("1")), { query, ...form });
    }, server);
  }
  for (const type of ["text/plain", "application/octet-stream", ""]) {
    add(`JSONP: a form of the type ${type || "nothing"}${eio3 ? ", protocol 3" : ""}`, async (peer) => {
      await peer.open(query);
      await peer.post(encode(packet("4a")), { query, headers: type ? { "Content-Type": type } : {} });
      await peer.post(encode(packet("1")), { query, ...form });
    }, server);
  }
  add(`JSONP is of the session, not of the request${eio3 ? ", protocol 3" : ""}`, async (peer) => {
    await peer.open(query);
    await peer.tell("a", { body: encode(packet("4a")), query: query.replace("&j=3", ""), ...form });
    await peer.poll({ query: query.replace("j=3", "j=77") });
    await peer.tell("b", { body: encode(packet("4b")), query, ...form });
    await peer.poll({ query: query.replace("&j=3", "") });
    await peer.post(encode(packet("1")), { query, ...form });
  }, server);
}

function chunked(text, size) {
  const bytes = Buffer.from(text);
  const parts = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

export default cases;
