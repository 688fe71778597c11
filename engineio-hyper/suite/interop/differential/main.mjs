// Does the same to the npm engine.io server and to the server under test, and compares what comes of it:
//
//     node main.mjs <echo command…> [--update] [--only PATTERN]
//
// What differs must be told by a rule or be in `differences.json`, with the reason, and what is there must differ. With `--update` the list
// is written anew; what had no reason gets one that says so, and no test passes until it is a better one.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Peer } from "./peer.mjs";
import { rules } from "./rules.mjs";
import { Server } from "./server.mjs";

const LIST = new URL("differences.json", import.meta.url);
const UNEXPLAINED = "unexplained";
const FLAGS = {
  plain: [],
  eio3: ["--allow-eio3"],
  jsonp: ["--jsonp", "--allow-eio3"],
  origins: ["--allowed-origin", "http://a.example"],
  cors: ["--cors", "http://a.example", "--cookie", "io"],
  any: ["--cors", "*"],
  compression: ["--compression", "--max-payload", "10000", "--uncompressed", "!"],
};

const command = process.argv.slice(2);
const update = take("--update");
const only = command.includes("--only") ? new RegExp(command.splice(command.indexOf("--only"), 2)[1]) : /./;
if (command.length === 0) {
  console.error("usage: node main.mjs <echo command…> [--update] [--only PATTERN]");
  process.exit(2);
}
const cases = (await Promise.all(["requests", "payloads", "headers", "websockets", "order"].map((name) => import(`./cases/${name}.mjs`)))).flatMap((module) => module.default);
const names = new Set(cases.map(({ name }) => name));
if (names.size !== cases.length) throw new Error(`two cases are named ${cases.map(({ name }) => name).find((name, at, all) => all.indexOf(name) !== at)}`);

const started = [];
const used = new Set();
try {
  const found = await compareAll();
  if (update) await record(found);
  else await check(found);
} finally {
  for (const server of started) server.stop();
}

function take(flag) {
  const at = command.indexOf(flag);
  if (at >= 0) command.splice(at, 1);
  return at >= 0;
}

/** The differences, by the name of the case: lines of the reference behind `-`, ours behind `+`. */
async function compareAll() {
  const found = new Map();
  for (const [kind, flags] of Object.entries(FLAGS)) {
    const chosen = cases.filter(({ name, server }) => server === kind && only.test(name));
    if (chosen.length === 0) continue;
    const all = ["--max-payload", "1000", ...flags];
    const reference = await start([process.execPath, fileURLToPath(new URL("../reference.mjs", import.meta.url))], all);
    const ours = await start(command, ["--threads", "1", ...all]);
    for (const { name, run } of chosen) {
      const [theirs, mine] = await Promise.all([reference, ours].map((server) => transcript(server, run, name)));
      const difference = compare(theirs.map(byTheRules), mine);
      if (difference.length > 0) found.set(name, difference);
      if (process.env.SHOW) console.log([name, ...theirs.map((line) => `  ${line}`), ...difference.map((line) => `    ${line}`)].join("\n"));
    }
  }
  return found;
}

async function start(command, flags) {
  const server = await Server.start(command, flags);
  started.push(server);
  return server;
}

async function transcript(server, run, name) {
  const peer = new Peer(server);
  try {
    await run(peer);
    return await peer.finish();
  } catch (error) {
    throw new Error(`${name}: ${error.message}, after\n${peer.lines.join("\n")}`, { cause: error });
  }
}

/** A line of the reference, as it would be if it kept our rules. */
function byTheRules(line) {
  return rules.reduce((so_far, rule) => {
    const changed = rule.rewrite(so_far);
    if (changed !== so_far) used.add(rule);
    return changed;
  }, line);
}

function compare(theirs, ours) {
  let from = 0;
  while (from < theirs.length && from < ours.length && theirs[from] === ours[from]) from++;
  let back = 0;
  while (back < theirs.length - from && back < ours.length - from && theirs.at(-1 - back) === ours.at(-1 - back)) back++;
  const middle = (lines, sign) => lines.slice(from, lines.length - back).map((line) => `${sign} ${line}`);
  return [...middle(theirs, "-"), ...middle(ours, "+")];
}

async function listed() {
  const reasons = JSON.parse(await readFile(LIST, "utf8").catch(() => "{}"));
  const known = new Map();
  for (const [reason, { differences }] of Object.entries(reasons)) {
    for (const { cases: names, lines } of differences) {
      for (const name of names) known.set(name, { reason, lines });
    }
  }
  return { reasons, known };
}

async function check(found) {
  const { reasons, known } = await listed();
  const complaints = [];
  for (const [name, lines] of found) {
    const entry = known.get(name);
    if (!entry) complaints.push(`not in the list: ${name}\n  ${lines.join("\n  ")}`);
    else if (entry.lines.join("\n") !== lines.join("\n")) complaints.push(`differs in another way than the list says: ${name}\n  ${lines.join("\n  ")}\nlisted (${entry.reason}):\n  ${entry.lines.join("\n  ")}`);
    else if (entry.reason === UNEXPLAINED) complaints.push(`no reason is given: ${name}\n  ${lines.join("\n  ")}`);
  }
  for (const [name, { reason }] of known) {
    if (!found.has(name) && only.test(name)) complaints.push(`listed (${reason}), but there is no such ${names.has(name) ? "difference" : "case"}: ${name}`);
  }
  for (const rule of rules) if (!used.has(rule) && only.source === ".") complaints.push(`a rule for nothing: ${rule.why}`);
  for (const complaint of complaints) console.error(`\n${complaint}`);
  console.log(`\n${cases.length} cases; ${found.size} of them differ beyond the ${rules.length} rules, for ${Object.keys(reasons).length} reasons; ${complaints.length} not as listed`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}

async function record(found) {
  const { reasons, known } = await listed();
  const all = only.source === "." ? found : new Map([...[...known].filter(([name]) => !only.test(name)).map(([name, { lines }]) => [name, lines]), ...found]);
  const result = Object.fromEntries(Object.entries(reasons).map(([reason, { why }]) => [reason, { why, differences: [] }]));
  result[UNEXPLAINED] ??= { why: "", differences: [] };
  for (const [name, lines] of all) {
    const { differences } = result[known.get(name)?.reason ?? UNEXPLAINED];
    const same = differences.find((entry) => entry.lines.join("\n") === lines.join("\n"));
    if (same) same.cases.push(name);
    else differences.push({ lines, cases: [name] });
  }
  for (const reason of Object.keys(result)) if (result[reason].differences.length === 0) delete result[reason];
  await writeFile(LIST, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`${cases.length} cases, ${all.size} of them differ; ${result[UNEXPLAINED]?.differences.flatMap(({ cases }) => cases).length ?? 0} without a reason`);
}
