// A running Mercat with a data folder of its own, on either engine.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const ready = 60_000; // a start includes migrations
const ending = 30_000;

// binary is the program under test: what the test command built, or one that is
// built now.
let built;
export function binary() {
  built ??= process.env.MERCAT_TEST_BINARY
    ? Promise.resolve(process.env.MERCAT_TEST_BINARY)
    : run("make", ["--no-print-directory", "-s", "build"], { cwd: root }).then(() => join(root, "bin/mercat"));
  return built;
}

// engines are those that this machine can test on.
export const engines = process.env.MERCAT_TEST_POSTGRES ? ["sqlite", "postgres"] : ["sqlite"];
const usual = process.env.MERCAT_TEST_ENGINE ?? "sqlite";

export class Server {
  #process;
  #drop;
  log = "";

  // start makes a fresh council and serves it. args go behind `mercat serve`.
  static async start({ engine = usual, args = [], env = {} } = {}) {
    const server = new Server();
    server.engine = engine;
    server.data = await mkdtemp(join(tmpdir(), "mercat-browser-"));
    server.args = ["serve", "--data", server.data, ...args];
    server.env = { ...process.env, ...env };
    if (engine === "postgres") server.args.push("--db", await server.#database());
    server.listen = "127.0.0.1:0";
    try {
      await server.serve();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async #database() {
    const admin = process.env.MERCAT_TEST_POSTGRES;
    if (!admin) throw new Error("MERCAT_TEST_POSTGRES does not say where PostgreSQL is");
    const name = "mercat_browser_" + randomBytes(6).toString("hex");
    const ask = (sql) => run("psql", [admin, "-qc", sql]);
    await ask(`CREATE DATABASE ${name}`);
    this.#drop = () => ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    const url = new URL(admin);
    url.pathname = "/" + name;
    return url.href;
  }

  // serve starts the program and waits for the line with its address. Started
  // again, it listens where it did before, so that open pages find it.
  async serve() {
    const child = spawn(await binary(), [...this.args, "--listen", this.listen], { cwd: this.data, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    child.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(String(error)));
      child.once("close", (code, signal) => resolve(`exit status ${signal ?? code}`));
    });
    child.stderr.setEncoding("utf8").on("data", (text) => { this.log += text; });
    const address = new Promise((resolve) => {
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text) => {
        said += text;
        const found = said.match(/https?:\/\/[\w.:[\]-]+(?=[\s/])/);
        if (found) resolve(found[0]);
      });
    });
    const ended = child.ended.then((how) => { throw new Error(`mercat ended before it served: ${how}\n${this.tail()}`); });
    this.url = await within(ready, Promise.race([address, ended]), () => `mercat printed no address\n${this.tail()}`);
    ended.catch(() => {}); // that it ends later is no error
    this.listen = new URL(this.url).host;
  }

  // kill ends the program as a power cut would.
  async kill() {
    this.#process.kill("SIGKILL");
    await this.#process.ended;
  }

  // restart kills it and starts it again on the same data.
  async restart() {
    await this.kill();
    await this.serve();
  }

  // stop ends the program in order and removes what it kept. It throws if the
  // program cannot end in order.
  async stop() {
    try {
      const child = this.#process;
      if (child && child.exitCode === null && child.signalCode === null && child.pid) {
        child.kill("SIGTERM");
        try {
          const how = await within(ending, child.ended, () => `mercat did not stop\n${this.tail()}`);
          if (how !== "exit status 0") throw new Error(`mercat stopped with ${how}\n${this.tail()}`);
        } finally {
          child.kill("SIGKILL");
        }
      }
    } finally {
      await this.#drop?.();
      await rm(this.data, { recursive: true, force: true });
    }
  }

  // tail is the end of the log.
  tail(lines = 60) {
    return this.log.trimEnd().split("\n").slice(-lines).join("\n");
  }
}

async function within(ms, promise, say) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(say())), ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
