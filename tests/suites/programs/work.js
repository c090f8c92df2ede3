// Parts of what node programs do, each with an answer that is the same every time: node work.js PART.
'use strict';
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
const fs = require('fs');
const os = require('os');
const path = require('path');
const http = require('http');
const child = require('child_process');
const cluster = require('cluster');
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
const { setTimeout: sleep } = require('timers/promises');

const sum = (text) => crypto.createHash('md5').update(text).digest('hex').slice(0, 12);
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

const parts = {
    async workers() {
        const run = (n) => new Promise((done, fail) => {
            const worker = new Worker(__filename, { workerData: n });
            worker.on('message', done);
            worker.on('error', fail);
        });
        const answers = await Promise.all([20, 21, 22, 23, 24, 25].map(run));
        const lost = new Worker('setInterval(() => {}, 1000)', { eval: true });
        await sleep(50);
        return answers.join() + ' ' + await lost.terminate();
    },
    async cluster() {
        const exits = [];
        cluster.setupPrimary({ args: ['cluster'] });
        for (let i = 0; i < 3; i++) cluster.fork();
        await new Promise((done) => cluster.on('exit', (worker, code) => exits.push(code) === 3 && done()));
        return exits.join();
    },
    async children() {
        const out = [];
        for (let i = 0; i < 15; i++) out.push(child.execFileSync('sh', ['-c', `echo ${i}; cat`], { input: 'in' }).toString().trim());
        const sleeper = child.spawn('sleep', ['30']);
        setTimeout(() => sleeper.kill('SIGHUP'), 50);
        out.push(await new Promise((done) => sleeper.on('exit', (code, signal) => done(signal))));
        out.push(child.spawnSync('nonexistent-program').error.code);
        return out.join();
    },
    async http() {
        const server = http.createServer((request, answer) => request.pipe(answer));
        await new Promise((done) => server.listen(0, '127.0.0.1', done));
        const ask = (n) => new Promise((done, fail) => {
            const request = http.request({ port: server.address().port, method: 'POST' }, (answer) => {
                let text = '';
                answer.on('data', (part) => { text += part; });
                answer.on('end', () => done(text.length));
            });
            request.on('error', fail);
            request.end('x'.repeat(n * 1000));
        });
        const sizes = await Promise.all([...Array(100).keys()].map(ask));
        server.close();
        return sum(sizes.join());
    },
    async crypto() {
        const keys = await Promise.all([...Array(16).keys()].map((n) => new Promise((done, fail) =>
            crypto.pbkdf2('secret' + n, 'salt', 5000, 32, 'sha512', (error, key) => (error ? fail(error) : done(key.toString('hex')))))));
        return sum(keys.join());
    },
    async zlib() {
        const data = Buffer.alloc(1 << 20, 'some text that repeats itself ');
        const packed = await Promise.all([...Array(8).keys()].map((n) => new Promise((done, fail) =>
            zlib.gzip(data.subarray(n), (error, out) => (error ? fail(error) : done(out))))));
        return packed.map((one) => zlib.gunzipSync(one).length).join();
    },
    async files() {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'work-'));
        await Promise.all([...Array(200).keys()].map((n) => fs.promises.writeFile(path.join(dir, 'f' + n), 'x'.repeat(n))));
        const sizes = await Promise.all([...Array(200).keys()].map(async (n) => (await fs.promises.stat(path.join(dir, 'f' + n))).size));
        fs.rmSync(dir, { recursive: true });
        return sum(sizes.join());
    },
    async timers() {
        const order = [];
        await Promise.all([30, 10, 20, 0].map((ms) => sleep(ms * 5).then(() => order.push(ms))));
        for (let i = 0; i < 100; i++) await sleep(1);
        return order.join();
    },
    async signals() {
        const seen = [];
        for (const name of ['SIGUSR2', 'SIGHUP', 'SIGTERM', 'SIGINT', 'SIGURG', 'SIGWINCH']) {
            const came = new Promise((done) => process.once(name, done));
            process.kill(process.pid, name);
            await came;
            seen.push(name);
        }
        return seen.join();
    },
    async wasm() {
        const code = Buffer.from('0061736d0100000001060160017f017f03020100070701036661630000' +
            '0a12011000200045047f410105200020004101' + '6b10006c0b0b', 'hex');
        if (!WebAssembly.validate(code)) return 'not valid';
        const { instance } = await WebAssembly.instantiate(code);
        return String(instance.exports.fac(10));
    },
    async streams() {
        const hash = crypto.createHash('sha256');
        await pipeline(Readable.from((function* () { for (let i = 0; i < 3000; i++) yield 'line ' + i + '\n'; })()), zlib.createGzip(), zlib.createGunzip(), hash);
        return hash.digest('hex').slice(0, 12);
    },
    async vm() {
        const vm = require('vm');
        let n = 0;
        for (let i = 0; i < 200; i++) n += vm.runInNewContext(`(function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) })(${i % 15})`);
        try {
            vm.runInNewContext('for (;;);', {}, { timeout: 50 });
        } catch (error) {
            n += error.code;
        }
        try {
            (function deep() { deep(); })();
        } catch (error) {
            n += error.constructor.name;
        }
        return String(n);
    },
};

if (!isMainThread) {
    parentPort.postMessage(fibonacci(workerData));
} else if (cluster.isWorker) {
    process.exit(fibonacci(15) % 200);
} else {
    parts[process.argv[2]]().then((answer) => {
        console.log(process.argv[2], answer);
        process.exitCode = 4;
    });
}
