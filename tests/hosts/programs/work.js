// A loop, garbage and a kept heap; USR2 is this program's own.
'use strict';
const crypto = require('crypto');
const zlib = require('zlib');
const end = Date.now() + Number(process.argv[2]) * 1000;
let signals = 0;
process.on('SIGUSR2', () => { signals++; });

function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function makeGarbage() {
  const list = [];
  for (let i = 0; i < 20000; i++) list.push({ i, name: 'n' + i, nested: [i, i + 1] });
  return JSON.parse(JSON.stringify(list)).length;
}

// In assembly that uses the frame pointer for numbers.
const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
function isSigned() {
  const text = Buffer.from('text');
  return crypto.verify('sha256', text, publicKey, crypto.sign('sha256', text, privateKey));
}

const kept = [];
const sums = { fibonacci: 0, garbage: 0, deflated: 0, signed: false };
function step() {
  sums.fibonacci = fibonacci(29);
  sums.garbage = makeGarbage();
  for (let i = 0; i < 10; i++) sums.signed = isSigned();
  sums.deflated = zlib.deflateSync(Buffer.alloc(100000, 'cpprof ')).length > 0;
  if (kept.length < 200) kept.push(Buffer.alloc(20000));
  if (Date.now() < end) setImmediate(step);
  else done();
}
function done() {
  console.log(JSON.stringify({ ...sums, kept: kept.length > 10, signals }));
  process.exitCode = 5;
}
step();
