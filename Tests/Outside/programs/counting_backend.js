// Acknowledges numbered messages and sends its own.   usage: node counting_backend.js PORT LOG [STREAM_SECONDS]
// The same protocol and the same log as counting_backend.py, which describes them.
'use strict';
const fs = require('fs');
const http = require('http');
const { WebSocketServer } = require('ws');

const port = Number(process.argv[2]);
const log = fs.openSync(process.argv[3], 'a');
const period = 1000 * Number(process.argv[4] || 0);

// One write(2) a line, so that the log outlives the process.
function write(...words) {
  fs.writeSync(log, words.join(' ') + '\n');
}

// Client, attach and session; nothing for a health check.
function identity(request) {
  const session = request.headers['roadstead-session'];
  return session && [request.url.split('/').pop(), request.headers['roadstead-attach'], session];
}

// Sends, and logs the words when the kernel has the message.
function send(socket, message, ...words) {
  socket.send(message, (error) => {
    if (!error) write(...words);
  });
}

let quiet = false;
process.on('SIGUSR2', () => { quiet = true; });

function stream(socket, client, attach) {
  let number = 0;
  const one = () => {
    if (quiet || socket.readyState !== socket.OPEN) return;
    send(socket, `s ${client} ${attach} ${number}`, 'streamed', client, attach, number);
    number += 1;
  };
  let timer = setTimeout(() => {
    one();
    timer = setInterval(one, period);
  }, Math.random() * period);
  socket.on('close', () => clearTimeout(timer));
}

const server = http.createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on('headers', (headers, request) => {
  const who = identity(request);
  if (who) write('open', ...who);
});

sockets.on('connection', (socket, request) => {
  socket.on('error', () => {});
  const who = identity(request);
  if (!who) return;
  const [client, attach] = who;
  if (period) stream(socket, client, attach);
  socket.on('message', (data) => {
    const [kind, sender, number] = data.toString().split(' ');
    if (kind !== 'c' || sender !== client) throw new Error(`unexpected: ${data}`);
    write('receipt', client, attach, number);
    send(socket, `a ${client} ${number}`, 'acknowledged', client, attach, number);
  });
  socket.on('close', (code) => write('closed', client, attach, code));
});

server.listen({ host: '127.0.0.1', port, backlog: 2048 }, () => console.log('ready'));
