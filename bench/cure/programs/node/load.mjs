// Requests, 16 at a time: load.mjs PORT REQUESTS.
import http from 'node:http';
import { span, working } from './span.mjs';

const [port, requests] = process.argv.slice(2).map(Number);
const get = () =>
  new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false }, response => {
        response.resume();
        response.on('end', resolve);
      })
      .on('error', reject);
  });
for (let i = 0; i < 32; i++) await get();
let left = requests;
const start = working();
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (left-- > 0) await get();
  }),
);
span(start, requests);
