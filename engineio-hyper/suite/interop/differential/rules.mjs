// What the reference and we say differently wherever it is said. Each rule rewrites a line of the reference's transcript
// to ours, so that it must be exactly that; a rule that nothing needs fails the test.

const CODES = { "Transport unknown": 0, "Session ID unknown": 1, "Bad handshake method": 2, "Bad request": 3, Forbidden: 4, "Unsupported protocol version": 5 };

export const rules = [
  {
    why: "A refused upgrade is answered as a refused request is: in JSON.",
    rewrite: (line) => line.replace(/content-type: text\/html \| ([A-Z][\w ]+)$/, (all, message) => (message in CODES ? `content-type: application/json | {"code":${CODES[message]},"message":"${message}"}` : all)),
  },
  {
    why: "A WebSocket handshake that is none is refused in words of our own, and another version is told the right one.",
    rewrite: (line) =>
      line
        .replace("400 | content-type: text/html | Missing or invalid Sec-WebSocket-Key header", "400 | content-type: text/plain | Sec-WebSocket-Key must be 16 bytes in base64")
        .replace("400 | content-type: text/html | Missing or invalid Sec-WebSocket-Version header", "426 | content-type: text/plain | upgrade: websocket | Sec-WebSocket-Version must be 13"),
  },
  {
    why: "The answer to a JSONP poll is script, and says so; as text, with nosniff, browsers would not run it.",
    rewrite: (line) => line.replace(/text\/plain; charset=utf-8( \| (?:[^|]* \| )?___eio)/, "text/javascript; charset=utf-8$1"),
  },
  {
    why: "Sessions answer GET and POST; that another method is not allowed is 405, whatever else is wrong, and not a fault of the server.",
    rewrite: (line) => {
      const found = /^((?:PUT|DELETE|PATCH|HEAD|OPTIONS) .*transport=(?:polling|websocket)&sid=SID) → (?:500|400 (?=.*application.json))(.*)$/.exec(line);
      if (!found) return line;
      const headers = found[2].split(" | ").filter((header) => /^(access-control|vary)/.test(header));
      return [`${found[1]} → 405`, ...[...headers, "allow: GET, POST"].sort()].join(" | ");
    },
  },
  {
    why: "Names in Vary are written in small letters, each in a header of its own.",
    rewrite: (line) => line.replace(/vary: ([\w-]+)(?:, ([\w-]+))?/, (_, first, second) => [first, second].filter(Boolean).map((name) => `vary: ${name.toLowerCase()}`).sort().join(" | ")),
  },
  {
    why: "Pages that may not read the answer are not told what they may do with it.",
    rewrite: (line) => (line.includes("access-control-allow-origin") ? line : line.replace(/ \| access-control-[^|]*(?= \||$)/g, "")),
  },
  {
    why: "An answer that would be another with another Accept-Encoding says so to caches, be it compressed or not.",
    rewrite: (line) => line.replace(/( → 200 .*content-type: text\/plain; charset=utf-8)( \| (?:compressed|1024 B|3000 B).*)$/, "$1 | vary: accept-encoding$2"),
  },
  {
    why: "Browsers of the kind that needed X-XSS-Protection are no more.",
    rewrite: (line) => line.replace(" | x-xss-protection: 0", ""),
  },
  {
    why: "The 101 of a handshake has the cookie, as any handshake has.",
    rewrite: (line) => line.replace(/^(GET [^ ]*\?EIO=4&transport=websocket → 101 .*)(upgrade: websocket \| vary.*)$/, "$1set-cookie: io=SID; Path=/; HttpOnly; SameSite=Lax | $2"),
  },
  {
    why: "A preflight allows the methods that Engine.IO has.",
    rewrite: (line) => line.replace("access-control-allow-methods: GET,HEAD,PUT,PATCH,POST,DELETE", "access-control-allow-methods: GET,POST"),
  },
];
