// Sends numbered messages, expects each back in order and closes with 1000.   usage: node node_client.js URL CA COUNT [PADDING]
'use strict';
const fs = require('fs');
const WebSocket = require('ws');

const [url, authority, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const socket = new WebSocket(url, { ca: fs.readFileSync(authority) });
const padding = ' '.repeat(Number(process.argv[5] || 0));
let received = 0;

function fail(why) {
  console.error(why);
  process.exit(1);
}

socket.on('open', () => {
  for (let number = 0; number < count; number++) {
    const text = `message ${number}${padding}`;
    socket.send(number % 2 ? Buffer.from(text) : text);
  }
});
socket.on('message', (data, isBinary) => {
  if (data.toString() !== `message ${received}${padding}`) fail(`expected message ${received}, got ${data}`);
  if (isBinary !== Boolean(received % 2)) fail(`message ${received} changed its kind`);
  received += 1;
  if (received === count) socket.close(1000, 'done');
});
socket.on('close', (code) => {
  if (received !== count) fail(`closed with ${code} after ${received} of ${count}`);
  console.log(`${received} in order, closed with ${code}`);
});
socket.on('error', (error) => fail(error.message));
