// Serves /<n> with one of 16 fixed bodies of the size given; prints its port and digests as JSON.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const size = Number(process.argv[2]);
const bodies = Array.from({ length: 16 }, () => randomBytes(size));
const digests = bodies.map((body) => createHash("sha256").update(body).digest("hex"));
const server = createServer((request, response) => {
  const body = bodies[Number(request.url.slice(1)) % 16];
  response.writeHead(200, {
    "content-length": size,
    "last-modified": "Sat, 01 Nov 2025 10:00:00 GMT",
    etag: '"1"',
  });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port, digests })}\n`);
});
