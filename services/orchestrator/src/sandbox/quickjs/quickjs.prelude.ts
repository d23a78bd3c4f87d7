/**
 * What a program finds in QuickJS beside the language itself: a console, files in memory under `fs`, timers that do
 * not wait, `process.exit`. It runs inside, as the program's own code would, and holds nothing that a program must not
 * have: `write` is the only way out. Evaluates to how the files are taken out and how the timers are run.
 */
export const PRELUDE = `((write, files, diskBytes) => {
  const inspect = (value, depth = 0) => {
    if (typeof value === 'string') return depth === 0 ? value : JSON.stringify(value);
    if (typeof value === 'bigint') return value + 'n';
    if (typeof value === 'function') return '[Function ' + (value.name || 'anonymous') + ']';
    if (value instanceof Error) return value.name + ': ' + value.message + '\\n' + (value.stack || '');
    if (value instanceof Map) return 'Map ' + inspect([...value], depth + 1);
    if (value instanceof Set) return 'Set ' + inspect([...value], depth + 1);
    if (typeof value !== 'object' || value === null) return String(value);
    if (depth > 4) return '[…]';
    if (Array.isArray(value)) return '[' + value.map((each) => inspect(each, depth + 1)).join(', ') + ']';
    return '{' + Object.entries(value).map(([key, each]) => key + ': ' + inspect(each, depth + 1)).join(', ') + '}';
  };
  const say = (channel) => (...values) => write(channel, values.map((each) => inspect(each)).join(' ') + '\\n');
  globalThis.console = { log: say(1), info: say(1), debug: say(1), warn: say(2), error: say(2), trace: say(2) };

  const folder = new Map(files);
  const nameOf = (path) => {
    const parts = [];
    for (const part of String(path).replace(/^\\/work(?=\\/|$)/, '.').split('/'))
      if (part === '..') parts.push('..'); else if (part !== '' && part !== '.') parts.push(part);
    const name = parts.join('/');
    if (String(path).startsWith('/') && !String(path).startsWith('/work') || name.startsWith('..'))
      throw new Error('EACCES: there is nothing outside of the folder: ' + path);
    return name;
  };
  const read = (path) => {
    const content = folder.get(nameOf(path));
    if (content === undefined) throw new Error('ENOENT: no such file: ' + path);
    return content;
  };
  const put = (path, content) => {
    const name = nameOf(path);
    let bytes = content.length;
    for (const [other, text] of folder) if (other !== name) bytes += text.length;
    if (bytes > diskBytes) throw new Error('ENOSPC: no space left: ' + path);
    folder.set(name, content);
  };
  const fs = {
    readFileSync: (path) => read(path),
    writeFileSync: (path, content) => put(path, String(content)),
    appendFileSync: (path, content) => put(path, (folder.get(nameOf(path)) ?? '') + String(content)),
    existsSync: (path) => { try { return folder.has(nameOf(path)); } catch { return false; } },
    readdirSync: (path = '.') => {
      const under = nameOf(path);
      const start = under === '' ? '' : under + '/';
      return [...new Set([...folder.keys()].filter((name) => name.startsWith(start)).map((name) => name.slice(start.length).split('/')[0]))];
    },
    unlinkSync: (path) => { read(path); folder.delete(nameOf(path)); },
    mkdirSync: () => undefined,
  };
  const asynchronous = (work) => (...args) => new Promise((resolve) => resolve(work(...args)));
  fs.promises = {
    readFile: asynchronous(fs.readFileSync), writeFile: asynchronous(fs.writeFileSync),
    appendFile: asynchronous(fs.appendFileSync), readdir: asynchronous(fs.readdirSync), unlink: asynchronous(fs.unlinkSync),
  };
  const MODULES = { fs, 'node:fs': fs, 'fs/promises': fs.promises, 'node:fs/promises': fs.promises };
  globalThis.require = (name) => {
    if (Object.hasOwn(MODULES, name)) return MODULES[name];
    throw new Error('There is no module ' + name + ' in this sandbox: only the language itself, and fs in memory');
  };
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  globalThis.process = {
    argv: ['node', 'main.js'], env: {}, platform: 'quickjs', exitCode: 0, cwd: () => '/work',
    exit: (code) => { globalThis.process.exitCode = code ?? globalThis.process.exitCode; throw { quickjsExit: true }; },
    stdout: { write: (text) => { write(1, String(text)); return true; } },
    stderr: { write: (text) => { write(2, String(text)); return true; } },
  };

  let timers = [];
  let lastTimer = 0;
  const later = (repeats) => (work, ms = 0, ...args) => {
    lastTimer += 1;
    timers.push({ id: lastTimer, due: now + Math.max(0, Number(ms) || 0), work, args, every: repeats ? Math.max(1, Number(ms) || 1) : 0 });
    return lastTimer;
  };
  let now = 0;
  globalThis.setTimeout = later(false);
  globalThis.setInterval = later(true);
  globalThis.setImmediate = (work, ...args) => globalThis.setTimeout(work, 0, ...args);
  globalThis.clearTimeout = globalThis.clearInterval = globalThis.clearImmediate = (id) => { timers = timers.filter((timer) => timer.id !== id); };
  globalThis.queueMicrotask = (work) => { Promise.resolve().then(work); };

  return {
    runTimer: () => {
      if (timers.length === 0) return false;
      timers.sort((a, b) => a.due - b.due || a.id - b.id);
      const timer = timers.shift();
      now = timer.due;
      if (timer.every > 0) timers.push({ ...timer, due: now + timer.every });
      timer.work(...timer.args);
      return true;
    },
    takeFiles: () => JSON.stringify([...folder]),
    exitCode: () => Number(globalThis.process?.exitCode ?? 0) || 0,
  };
})`;
