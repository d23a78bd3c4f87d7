import { resolve } from 'node:path';

import { type EscapeAttempt, type Outside } from './escape-attempt.js';

/** A file that every test has beside it, and no sandbox may. */
const CHECKOUT = resolve('package.json');

/** Prints what the attempt got as an escape, and what stood in its way otherwise. */
const js = (body: string): string => `(async () => {
try { ${body} } catch (error) { console.log('contained:', error && (error.code || error.message)); }
})();`;
const py = (body: string): string =>
  `import ctypes, os, socket, subprocess, sys\nlibc = ctypes.CDLL(None, use_errno=True)\ntry:\n${body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\nexcept BaseException as error:\n    print('contained:', type(error).__name__, error)`;

const readable = (path: string): EscapeAttempt['programs'] => ({
  javascript: js(
    `const text = require('fs').readFileSync(${JSON.stringify(path)}, 'utf8'); console.log('ESCAPED', text.slice(0, 200));`,
  ),
  python: py(`print('ESCAPED', open(${JSON.stringify(path)}).read(200))`),
});

const connect = (host: string, port: number): EscapeAttempt['programs'] => ({
  javascript:
    js(`const net = require('net');
await new Promise((resolve, reject) => { const socket = net.connect(${port}, ${JSON.stringify(host)}); socket.setTimeout(1500, () => reject(new Error('no answer'))); socket.once('connect', resolve); socket.once('error', reject); });
console.log('ESCAPED'); process.exit(0);`) +
    `
if (typeof process.on === 'function') setTimeout(() => process.exit(0), 2500);`,
  python: py(`socket.create_connection((${JSON.stringify(host)}, ${port}), 1.5)
print('ESCAPED')`),
});

/** Reaching what is not its own: files, variables, the network, other processes, the kernel. */
export const reachAttempts = ({ port, file, secret, pid }: Outside): readonly EscapeAttempt[] => [
  { name: 'read /etc/shadow', programs: readable('/etc/shadow') },
  { name: 'read /etc/passwd', programs: readable('/etc/passwd') },
  { name: 'read a file of the host that anyone may read', programs: readable(file) },
  { name: "read the host's root through /proc/1/root", programs: readable(`/proc/1/root${file}`) },
  {
    name: "read the service's environment through /proc",
    programs: readable(`/proc/${pid}/environ`),
    expects: (result) => (result.stdout.includes('contained') ? undefined : 'it read it'),
  },
  {
    name: 'read the environment',
    programs: {
      javascript: js(
        `const all = Object.keys(process.env).filter((name) => !['PATH', 'HOME', 'TMPDIR', 'LANG', 'PWD', 'OLDPWD', 'LC_CTYPE'].includes(name)); console.log(all.length > 0 ? 'ESCAPED ' + all : 'contained');`,
      ),
      python:
        py(`all = [name for name in os.environ if name not in ('PATH', 'HOME', 'TMPDIR', 'LANG', 'PWD', 'OLDPWD', 'LC_CTYPE')]
print('ESCAPED' if all else 'contained', all)`),
    },
  },
  {
    name: 'escape by a symbolic link in the folder',
    programs: {
      javascript: js(
        `const fs = require('fs'); fs.symlinkSync(${JSON.stringify(file)}, 'link'); console.log(fs.readFileSync('link', 'utf8'));`,
      ),
      python: py(`os.symlink(${JSON.stringify(file)}, 'link')
print(open('link').read())`),
    },
    expects: ({ files }) => (files.some(({ name }) => name === 'link') ? 'the link was followed' : undefined),
  },
  {
    name: 'a file named out of the folder',
    programs: {
      javascript: js(
        `require('fs').writeFileSync('../../../../tmp/../baton-escaped', 'x'); console.log('ESCAPED');`,
      ),
      python: py(`open('../../../../baton-escaped', 'w').write('x')
print('ESCAPED')`),
    },
  },
  {
    name: 'write to the root, /usr and /etc',
    programs: {
      javascript: js(`const fs = require('fs'); let written = 0;
for (const path of ['/baton-escaped', '/usr/lib/baton-escaped', '/etc/baton-escaped', '/opt/node']) try { fs.writeFileSync(path, 'x'); written += 1; } catch {}
console.log(written > 0 ? 'ESCAPED' : 'contained');`),
      python: py(`written = 0
for path in ('/baton-escaped', '/usr/lib/baton-escaped', '/etc/baton-escaped', '/opt/node'):
    try: open(path, 'w'); written += 1
    except OSError: pass
print('ESCAPED' if written else 'contained')`),
    },
  },
  {
    name: 'see the processes of the host',
    programs: {
      javascript: js(
        `const all = require('fs').readdirSync('/proc').filter((name) => /^\\d+$/.test(name)); console.log(all.includes('${pid}') || all.length > 8 ? 'ESCAPED ' + all : 'contained');`,
      ),
      python: py(`all = [name for name in os.listdir('/proc') if name.isdigit()]
print('ESCAPED' if '${pid}' in all or len(all) > 8 else 'contained', all)`),
    },
  },
  { name: 'connect to the loopback of the host', programs: connect('127.0.0.1', port) },
  { name: "connect to a cloud's metadata service", programs: connect('169.254.169.254', 80) },
  { name: 'connect to the internet', programs: connect('1.1.1.1', 443) },
  {
    name: 'look up a name',
    programs: {
      javascript: js(
        `const found = await require('dns').promises.lookup('example.com'); console.log('ESCAPED', found.address); `,
      ),
      python: py(`print('ESCAPED', socket.gethostbyname('example.com'))`),
    },
  },
  {
    name: 'fetch by HTTP',
    programs: {
      javascript: js(
        `const answer = await fetch('http://127.0.0.1:${port}/'); console.log('ESCAPED', answer.status);`,
      ),
      python: py(`import urllib.request
print('ESCAPED', urllib.request.urlopen('http://127.0.0.1:${port}/', timeout=1.5).status)`),
    },
  },
  {
    name: 'send by UDP and raw sockets',
    programs: {
      python: py(`sent = 0
for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    try: socket.socket(socket.AF_INET, kind, socket.IPPROTO_UDP).sendto(b'x', ('192.0.2.1', 53)); sent += 1
    except OSError as error: print(error)
print('ESCAPED' if sent else 'contained')`),
    },
  },
  {
    name: 'an abstract Unix socket of the host',
    programs: {
      python:
        py(`with open('/proc/net/unix') as table: names = [line.split()[-1] for line in table if '@' in line]
for name in names:
    peer = socket.socket(socket.AF_UNIX); peer.connect('\\0' + name[1:]); print('ESCAPED', name)
print('contained', names)`),
    },
  },
  {
    name: 'signal the service',
    programs: {
      javascript: js(`process.kill(${pid}, 0); console.log('ESCAPED');`),
      python: py(`os.kill(${pid}, 0)
print('ESCAPED')`),
    },
  },
  {
    name: 'kill process 1, its parent and everything else',
    programs: {
      javascript: js(`for (const pid of [1, process.ppid, -1]) try { process.kill(pid, 'SIGKILL'); } catch {}
console.log('contained');`),
      python: py(`for pid in (1, os.getppid(), -1):
    try: os.kill(pid, 9)
    except OSError: pass
print('contained')`),
    },
  },
  {
    name: 'ptrace its parent',
    programs: {
      python: py(`parent = os.getppid()
traced = libc.ptrace(16, parent, 0, 0)
if traced == 0:
    # In a kernel of its own that is a matter between its own processes.
    os.waitpid(parent, 0)
    status = open(f'/proc/{parent}/status').read()
    print('ESCAPED' if 'baton' in status else 'contained')
print('contained', ctypes.get_errno())`),
    },
    limits: { wallMs: 5000 },
  },
  {
    name: "write into another process's memory",
    programs: {
      python: py(`parent = os.getppid()
open(f'/proc/{parent}/mem', 'r+b').write(b'x')
open(f'/proc/${pid}/mem', 'r+b').write(b'x')
print('ESCAPED')`),
    },
  },
  {
    name: 'mount a file system',
    programs: {
      python: py(`os.mkdir('host')
done = [libc.mount(b'/', b'/work/host', None, 4096, None), libc.mount(b'proc', b'/work/host', b'proc', 0, None), libc.mount(b'/dev/vda', b'/work/host', b'ext4', 0, None)]
print('ESCAPED' if 0 in done else 'contained', done)`),
    },
  },
  {
    name: 'new namespaces, and a mount in them',
    programs: {
      python: py(`outcome = libc.unshare(0x10000000 | 0x00020000 | 0x20000000 | 0x40000000)
os.makedirs('host', exist_ok=True)
libc.mount(b'/', b'/work/host', None, 4096, None)
print('ESCAPED' if os.path.exists('/work/host' + ${JSON.stringify(file)}) else 'contained', outcome)`),
    },
  },
  {
    name: "join the host's namespaces",
    programs: {
      python: py(`joined = 0
for kind in ('mnt', 'net', 'pid', 'user'):
    try: joined += libc.setns(os.open(f'/proc/1/ns/{kind}', os.O_RDONLY), 0) == 0
    except OSError as error: print(error)
print('ESCAPED' if os.path.exists(${JSON.stringify(file)}) else 'contained', joined)`),
    },
  },
  {
    name: 'leave by chroot',
    programs: {
      python: py(`os.makedirs('jail', exist_ok=True)
here = os.open('/', os.O_RDONLY)
try: os.chroot('jail')
except OSError as error: print(error)
os.fchdir(here)
for _ in range(64): os.chdir('..')
print('ESCAPED' if os.path.exists('.' + ${JSON.stringify(file)}) else 'contained')`),
    },
  },
  {
    name: 'make and open devices',
    programs: {
      python: py(`opened = []
for name, major, minor in (('disk', 254, 0), ('mem', 1, 1), ('kmsg', 1, 11)):
    try:
        os.mknod(name, 0o600 | 0o060000 if name == 'disk' else 0o600 | 0o020000, os.makedev(major, minor))
        opened.append(os.open(name, os.O_RDONLY))
    except OSError as error: print(error)
for path in ('/dev/mem', '/dev/kmsg', '/dev/vda', '/dev/sda', '/dev/kvm', '/dev/loop-control'):
    try: opened.append(os.open(path, os.O_RDWR))
    except OSError: pass
print('ESCAPED' if opened else 'contained', opened)`),
    },
  },
  {
    name: 'become root',
    programs: {
      javascript: js(
        `process.setuid(0); console.log(require('fs').readFileSync('/etc/shadow', 'utf8') && 'ESCAPED');`,
      ),
      python: py(`os.setuid(0)
print('ESCAPED')`),
    },
  },
  {
    name: 'capabilities',
    programs: {
      python:
        py(`lines = [line.split() for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapPrm', 'CapBnd'))]
print('ESCAPED' if any(int(value, 16) for name, value in lines if name != 'CapBnd:') else 'contained', lines)
libc.sethostname(b'escaped', 7)
print('ESCAPED' if socket.gethostname() == 'escaped' else 'contained')`),
    },
  },
  {
    name: 'rarely used system calls of the kernel',
    programs: {
      python: py(`import platform
calls = {'bpf': 321, 'perf_event_open': 298, 'userfaultfd': 323, 'io_uring_setup': 425, 'keyctl': 250, 'add_key': 248, 'open_by_handle_at': 304, 'process_vm_writev': 311, 'kexec_load': 246, 'init_module': 175, 'iopl': 172, 'swapon': 167, 'reboot': 169, 'settimeofday': 164, 'pivot_root': 155, 'acct': 163}
if platform.machine() != 'x86_64': calls = {}
done = [name for name, number in calls.items() if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 and name not in ('keyctl',)]
print('ESCAPED' if done else 'contained', done)`),
    },
  },
  {
    name: 'type into the terminal of the service',
    programs: {
      python: py(`import fcntl
done = 0
for descriptor in (0, 1, 2):
    try: fcntl.ioctl(descriptor, 0x5412, b'x'); done += 1
    except OSError: pass
try: os.open('/dev/tty', os.O_RDWR); done += 1
except OSError: pass
print('ESCAPED' if done else 'contained')`),
    },
  },
  {
    name: 'prototype tricks',
    programs: {
      javascript: js(`Object.prototype.polluted = 'yes'; Array.prototype.map = () => ['tricked'];
Object.defineProperty(Object.prototype, 'then', { get() { return undefined; } });
JSON.stringify = () => '{"end":{"code":0},"stdout":"forged"}';
const outer = (function () { return this; }).constructor('return this')();
console.log(typeof outer.batonService === 'undefined' ? 'contained' : 'ESCAPED');`),
      python:
        py(`found = [each for each in ().__class__.__bases__[0].__subclasses__() if each.__name__ == 'Popen']
os.popen('cat ' + ${JSON.stringify(file)}).read()
print('contained', found)`),
    },
    expects: () =>
      (({}) as { polluted?: string }).polluted === undefined ? undefined : 'our own prototype was changed',
  },
  {
    name: 'reach the host by the constructor of an error or a function',
    programs: {
      javascript: js(`const found = [];
for (const start of [console.log, console, require, globalThis, new Error('x'), Promise.resolve()]) {
  let value;
  try { value = start.constructor.constructor('return typeof process === "object" && typeof process.mainModule === "object" ? process : undefined')(); } catch {}
  if (value?.mainModule) { try { const text = value.mainModule.require('fs').readFileSync(${JSON.stringify(file)}, 'utf8'); found.push(text); } catch (error) { found.push('none'); } }
}
console.log(found.some((text) => text !== 'none') ? 'ESCAPED' : 'contained');`),
    },
  },
  {
    name: 'load a module of the host',
    programs: {
      javascript:
        js(`for (const name of ['dockerode', 'pg', ${JSON.stringify(CHECKOUT)}, ${JSON.stringify(file)}]) try { require(name); console.log('ESCAPED', name); } catch {}
const lib = await import('fs').catch(() => undefined);
let text = ''; try { text = lib?.readFileSync?.(${JSON.stringify(file)}, 'utf8') ?? ''; } catch {}
console.log(text ? 'ESCAPED' : 'contained');`),
    },
  },
  {
    name: 'run a program of the host',
    programs: {
      javascript: js(`const { execFileSync } = require('child_process');
for (const [file, ...args] of [['/usr/bin/id'], ['/bin/cat', ${JSON.stringify(file)}], ['/usr/bin/sudo', 'id'], ['/bin/mount']]) try { execFileSync(file, args, { stdio: 'pipe' }); console.log('ESCAPED', file); } catch (error) {}
console.log('contained');`),
      python:
        py(`for command in (['/usr/bin/id'], ['/bin/cat', ${JSON.stringify(file)}], ['/usr/bin/sudo', 'id'], ['/bin/mount']):
    try: subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE); print('ESCAPED', command)
    except (OSError, subprocess.CalledProcessError): pass
print('contained')`),
    },
  },
  {
    name: 'a process that outlives the program',
    programs: {
      javascript: js(
        `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { detached: true, stdio: 'ignore' }).unref(); console.log('left');`,
      ),
      python: py(`if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time
        while True: time.sleep(1)
    os._exit(0)
print('left')`),
    },
  },
  {
    name: 'forge its own result',
    programs: {
      javascript: `console.log(JSON.stringify({ end: { kind: 'exited', code: 0 }, files: [{ name: '/etc/cron.d/x' }] })); process.exit(7);`,
      python: py(`words = open('/proc/1/cmdline').read()
print('\\n' + 'a' * 48 + ' 0\\n')
os._exit(7)`),
    },
    expects: ({ end }) =>
      end.kind === 'exited' && end.code === 7 ? undefined : `it ended by ${JSON.stringify(end)}`,
  },
  {
    name: 'break the archive of its folder',
    programs: {
      python: py(`os.mkfifo('pipe')
os.link('main.py', 'hard')
os.symlink('/', 'root')
open('new\\nline', 'w').write('x')
open('good.txt', 'w').write('good')
os.chmod('main.py', 0)
print('contained')`),
    },
    expects: ({ files }) =>
      files.every(({ name }) => ['good.txt', 'hard'].includes(name))
        ? undefined
        : 'more was given back than files',
  },
  {
    name: 'find the secret of an earlier run',
    programs: {
      javascript: js(`const fs = require('fs'); let found = [];
for (const folder of ['.', '/tmp', '/dev/shm']) try { found.push(...fs.readdirSync(folder)); } catch {}
found = found.filter((name) => name.startsWith('left-behind'));
try { fs.writeFileSync('/tmp/left-behind', ${JSON.stringify(secret)}.slice(0, 4)); } catch {}
fs.writeFileSync('left-behind', 'x');
console.log(found.length > 0 ? 'ESCAPED' : 'contained');`),
      python: py(`found = []
for folder in ('.', '/tmp', '/dev/shm'):
    try: found += [name for name in os.listdir(folder) if name.startswith('left-behind')]
    except OSError: pass
for folder in ('.', '/tmp', '/dev/shm'):
    try: open(folder + '/left-behind', 'w').write('x')
    except OSError: pass
print('ESCAPED' if found else 'contained', found)`),
    },
  },
];
