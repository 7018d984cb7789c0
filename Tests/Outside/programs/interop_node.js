// The interop conversation of test_interop.py with Node's ws.   usage: node interop_node.js URL CA close|wait
'use strict';
const assert = require('assert');
const fs = require('fs');
const { once } = require('events');
const WebSocket = require('ws');

const [url, authority, way] = process.argv.slice(2);

async function main() {
  const socket = new WebSocket(url, { ca: fs.readFileSync(authority) });
  const closed = once(socket, 'close');
  await once(socket, 'open');

  async function expect(data, isBinary) {
    const [got, gotBinary] = await once(socket, 'message');
    assert.strictEqual(gotBinary, isBinary);
    assert.ok(Buffer.from(data).equals(got), `${got.length} bytes`);
  }

  for (const text of ['naïve 🚢', '', 'größer '.repeat(100000)]) {
    socket.send(text);
    await expect(text, false);
  }
  for (const data of [Buffer.from([0, 255]), Buffer.alloc(0), Buffer.alloc(1 << 20, 'noise')]) {
    socket.send(data);
    await expect(data, true);
  }
  socket.send('one ', { fin: false });
  socket.send('two ', { fin: false });
  socket.send('three', { fin: true });
  await expect('one two three', false);
  socket.ping('are you there?');
  const [pong] = await once(socket, 'pong');
  assert.strictEqual(pong.toString(), 'are you there?');
  console.log('exchanged');
  if (way === 'close') socket.close(4001, 'fare well');
  const [code, reason] = await closed;
  console.log('closed', code, reason.toString());
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
