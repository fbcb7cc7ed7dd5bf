#!/usr/bin/env node
/**
 * Entry point of the command line: loads the rest, with what Node compiled of it for an earlier call.
 *
 * Scripts call this thousands of times, and starting is most of what a short command costs. So the
 * rest is one CommonJS bundle, which loads faster than modules do, and is compiled once for each
 * verb. Nothing is imported here, since even that would cost. Does no work of its own.
 */
const fs = process.getBuiltinModule('node:fs');
const { createRequire, wrap } = process.getBuiltinModule('node:module') as NodeModule;
const path = process.getBuiltinModule('node:path');
const { Script } = process.getBuiltinModule('node:vm');

interface NodeModule {
  readonly createRequire: (file: string) => (id: string) => unknown;
  /** The function, as text, that Node makes of a module. */
  readonly wrap: (source: string) => string;
}

const bundle = path.join(import.meta.dirname, 'cli', 'commandLine.cjs');
/** Compiled code of installations that are gone goes after this time. */
const oldMs = 30 * 86_400_000;

/** Where the compiled code for this call belongs, and how names of this bundle begin. */
interface Place {
  readonly folder: string;
  readonly bundle: string;
  readonly name: string;
}

/** Undefined where compiled code had better not be kept. */
function placeOf({ env, execArgv, versions, arch, argv }: NodeJS.Process): Place | undefined {
  // Other flags make other code.
  if (execArgv.length > 0 || env['NODE_OPTIONS'] || env['NODE_DISABLE_COMPILE_CACHE']) {
    return undefined;
  }
  const home = env['HOME'];
  const caches =
    env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || (home && path.join(home, '.cache'));
  if (!caches) return undefined;
  const verb = /^[a-z]{1,20}$/.test(argv[2] ?? '') ? argv[2] : 'other';
  const { size, mtimeMs } = fs.statSync(bundle);
  const start = [versions.v8, versions.node, arch, shortHash(bundle)].join('-');
  const name = [start, size, mtimeMs, verb].join('-');
  return { folder: path.join(caches, 'signalbox', 'compiled'), bundle: start, name };
}

/** Tells installations apart; no secret depends on it. */
function shortHash(text: string): string {
  let hash = 0;
  for (let n = 0; n < text.length; n++) hash = (Math.imul(hash, 31) + text.charCodeAt(n)) | 0;
  return (hash >>> 0).toString(36);
}

/** What lies there is run, so it must have been written by this very user. */
function readCompiled({ folder, name }: Place): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path.join(folder, name), 'r');
    const { uid, mode } = fs.fstatSync(fd);
    const isOwn =
      process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return isOwn ? fs.readFileSync(fd) : undefined;
  } catch {
    // Not there yet.
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function keepCompiled({ folder, bundle: start, name }: Place, code: Buffer): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const current = name.slice(0, name.lastIndexOf('-'));
    for (const other of fs.readdirSync(folder)) {
      const file = path.join(folder, other);
      const isReplaced = other.startsWith(start) && !other.startsWith(current);
      const isOld = () => Date.now() - fs.statSync(file).mtimeMs > oldMs;
      if (isReplaced || isOld()) fs.rmSync(file, { recursive: true, force: true });
    }
    const made = path.join(folder, `${name}.${process.pid}`);
    fs.writeFileSync(made, code, { mode: 0o600, flag: 'wx' });
    fs.renameSync(made, path.join(folder, name));
  } catch {
    // It is only there to save time; the next call tries again.
  }
}

const place = placeOf(process);
const cachedData = place === undefined ? undefined : readCompiled(place);
// It is plain ASCII: the build sees to that. To read it as UTF-8 takes twice as long.
const source = wrap(fs.readFileSync(bundle, 'latin1'));
const script = new Script(source, { filename: bundle, ...(cachedData && { cachedData }) });
if (place !== undefined && script.cachedDataRejected !== false) {
  // At the end, when all that this verb needs has been compiled.
  process.once('exit', () => keepCompiled(place, script.createCachedData()));
}
const load = script.runInThisContext() as (...given: readonly unknown[]) => void;
load({}, createRequire(bundle), { exports: {} }, bundle, path.dirname(bundle));
