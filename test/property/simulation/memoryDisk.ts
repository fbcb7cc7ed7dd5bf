/**
 * A disk in memory, with what survives a loss of power kept apart from what was only written.
 *
 * Stands in for `node:fs` below `/disk`; each call asks `beforeCall` first, which may fail it, cut it
 * short, or let others do something before it.
 */
// Not imported: this is what stands in for that module.
const { constants } = process.getBuiltinModule('node:fs');

export const diskRoot = '/disk';

/** What happens instead of, or before, a call. */
export type Trouble = { readonly error: string } | { readonly takes: number } | null;

interface File {
  readonly kind: 'file';
  readonly ino: bigint;
  data: Buffer;
  durable: Buffer;
  mtimeMs: number;
}
interface Folder {
  readonly kind: 'folder';
  readonly ino: bigint;
  names: Map<string, Node>;
  durable: Map<string, Node>;
  mtimeMs: number;
}
type Node = File | Folder;

/** What `withFileTypes` asks for, as far as it is used. */
interface FolderEntry {
  readonly name: string;
  readonly isDirectory: () => boolean;
  readonly isFile: () => boolean;
}

const firstFd = 1_000_000;

export class MemoryDisk {
  /** Called with each call's name and path before it takes place. */
  beforeCall: (call: string, path: string, bytes: number) => Trouble = () => null;
  readonly #open = new Map<
    number,
    { readonly node: Node; readonly path: string; append: boolean }
  >();
  #inodes = 0n;
  readonly #root: Folder = this.#folder();

  openSync(path: string, flags: number): number {
    const isNew = (flags & constants.O_CREAT) !== 0;
    this.#ask(isNew ? 'create' : 'open', path);
    let node = this.#find(path);
    if (node !== undefined && isNew && (flags & constants.O_EXCL) !== 0) throw fail('EEXIST', path);
    if (node === undefined) {
      if (!isNew) throw fail('ENOENT', path);
      const empty = Buffer.alloc(0);
      node = {
        kind: 'file',
        ino: ++this.#inodes,
        data: empty,
        durable: empty,
        mtimeMs: Date.now(),
      };
      this.#parentOf(path).names.set(nameOf(path), node);
    }
    if (node.kind === 'file' && (flags & constants.O_TRUNC) !== 0) node.data = Buffer.alloc(0);
    const fd = firstFd + this.#open.size;
    this.#open.set(fd, { node, path, append: (flags & constants.O_APPEND) !== 0 });
    return fd;
  }

  /** Descriptors are never used again, so that one that was closed too early shows. */
  closeSync(fd: number): void {
    this.#handle(fd);
  }

  readSync(fd: number, to: Buffer, offset: number, length: number, position: number): number {
    const { node, path } = this.#handle(fd);
    this.#ask('read', path);
    if (node.kind === 'folder') throw fail('EISDIR', path);
    return node.data.copy(to, offset, position, position + length);
  }

  writeSync(fd: number, bytes: Uint8Array, offset = 0, length?: number, position?: number): number {
    const { node, path, append } = this.#handle(fd);
    if (node.kind === 'folder') throw fail('EISDIR', path);
    const all = Buffer.from(bytes).subarray(
      offset,
      length === undefined ? undefined : offset + length,
    );
    const trouble = this.#ask('write', path, all.length);
    const taken = trouble !== null && 'takes' in trouble ? all.subarray(0, trouble.takes) : all;
    const start = append ? node.data.length : (position ?? node.data.length);
    const before = node.data.subarray(0, start);
    node.data = Buffer.concat([before, taken, node.data.subarray(start + taken.length)]);
    node.mtimeMs = Date.now();
    return taken.length;
  }

  ftruncateSync(fd: number, length: number): void {
    const { node, path } = this.#handle(fd);
    this.#ask('truncate', path);
    if (node.kind === 'file') node.data = node.data.subarray(0, length);
  }

  fsyncSync(fd: number): void {
    const { node, path } = this.#handle(fd);
    this.#ask('sync', path);
    if (node.kind === 'file') node.durable = node.data;
    else node.durable = new Map(node.names);
  }

  linkSync(from: string, to: string): void {
    this.#ask('link', to);
    const node = this.#find(from);
    if (node === undefined) throw fail('ENOENT', from);
    if (this.#find(to) !== undefined) throw fail('EEXIST', to);
    this.#parentOf(to).names.set(nameOf(to), node);
  }

  renameSync(from: string, to: string): void {
    this.#ask('rename', to);
    const node = this.#find(from);
    if (node === undefined) throw fail('ENOENT', from);
    this.#parentOf(from).names.delete(nameOf(from));
    this.#parentOf(to).names.set(nameOf(to), node);
  }

  unlinkSync(path: string): void {
    this.#ask('unlink', path);
    if (!this.#parentOf(path).names.delete(nameOf(path))) throw fail('ENOENT', path);
  }

  mkdirSync(path: string): void {
    this.#ask('mkdir', path);
    if (this.#find(path) !== undefined) throw fail('EEXIST', path);
    this.#parentOf(path).names.set(nameOf(path), this.#folder());
  }

  rmdirSync(path: string): void {
    this.#ask('rmdir', path);
    const node = this.#find(path);
    if (node === undefined) throw fail('ENOENT', path);
    if (node.kind === 'folder' && node.names.size > 0) throw fail('ENOTEMPTY', path);
    this.#parentOf(path).names.delete(nameOf(path));
  }

  readdirSync(path: string, { withFileTypes = false } = {}): (string | FolderEntry)[] {
    this.#ask('list', path);
    const node = this.#find(path);
    if (node === undefined) throw fail('ENOENT', path);
    if (node.kind === 'file') throw fail('ENOTDIR', path);
    if (!withFileTypes) return [...node.names.keys()];
    return [...node.names].map(([name, { kind }]) => ({
      name,
      isDirectory: () => kind === 'folder',
      isFile: () => kind === 'file',
    }));
  }

  lstatSync(path: string, { throwIfNoEntry = true, bigint = false } = {}) {
    this.#ask('stat', path);
    const node = this.#find(path);
    if (node !== undefined) return statOf(node, bigint);
    if (throwIfNoEntry) throw fail('ENOENT', path);
    return undefined;
  }

  fstatSync(fd: number, { bigint = false } = {}) {
    const { node, path } = this.#handle(fd);
    this.#ask('stat', path);
    return statOf(node, bigint);
  }

  /** Loses what was not synced, or some of it, as `draw` has it. */
  losePower(draw: (below: number) => number): void {
    const lose = (folder: Folder): void => {
      const names = new Map(folder.durable);
      for (const name of new Set([...folder.durable.keys(), ...folder.names.keys()])) {
        const now = folder.names.get(name);
        if (draw(2) === 0) continue;
        if (now === undefined) names.delete(name);
        else names.set(name, now);
      }
      folder.names = names;
      folder.durable = new Map(names);
      for (const node of names.values()) {
        if (node.kind === 'folder') lose(node);
        else this.#loseData(node, draw);
      }
    };
    lose(this.#root);
  }

  #loseData(node: File, draw: (below: number) => number): void {
    const { data, durable } = node;
    if (data === durable) return;
    const isAppended = data.subarray(0, durable.length).equals(durable);
    if (isAppended)
      node.data = data.subarray(0, durable.length + draw(data.length - durable.length + 1));
    else if (draw(2) === 0) node.data = durable;
    node.durable = node.data;
  }

  /** The content of the file at `path`, for whoever spoils it behind everyone's back. */
  peek(path: string): Buffer {
    const node = this.#find(path);
    if (node?.kind !== 'file') throw new Error(`No file ${path}`);
    return node.data;
  }

  poke(path: string, data: Buffer): void {
    const node = this.#find(path);
    if (node?.kind !== 'file') throw new Error(`No file ${path}`);
    node.data = data;
    node.durable = data;
  }

  names(path: string): readonly string[] {
    const node = this.#find(path);
    return node?.kind === 'folder' ? [...node.names.keys()] : [];
  }

  remove(path: string): void {
    const { names, durable } = this.#parentOf(path);
    names.delete(nameOf(path));
    durable.delete(nameOf(path));
  }

  #ask(call: string, path: string, bytes = 0): Trouble {
    const trouble = this.beforeCall(call, path, bytes);
    if (trouble !== null && 'error' in trouble) throw fail(trouble.error, path);
    return trouble;
  }

  #handle(fd: number) {
    const handle = this.#open.get(fd);
    if (handle === undefined) throw fail('EBADF', String(fd));
    return handle;
  }

  #folder(): Folder {
    const ino = ++this.#inodes;
    return { kind: 'folder', ino, names: new Map(), durable: new Map(), mtimeMs: Date.now() };
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of stepsOf(path)) {
      if (node?.kind !== 'folder') return undefined;
      node = node.names.get(name);
    }
    return node;
  }

  #parentOf(path: string): Folder {
    const parent = this.#find(path.slice(0, path.lastIndexOf('/')));
    if (parent?.kind !== 'folder') throw fail('ENOENT', path);
    return parent;
  }
}

function stepsOf(path: string): readonly string[] {
  return path.slice(diskRoot.length).split('/').filter(Boolean);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function statOf(node: Node, bigint: boolean) {
  const size = node.kind === 'file' ? node.data.length : 0;
  const number = (value: number | bigint) => (bigint ? BigInt(value) : Number(value));
  return {
    dev: number(1),
    ino: number(node.ino),
    size: number(size),
    mtimeMs: number(node.mtimeMs),
    isFile: () => node.kind === 'file',
    isDirectory: () => node.kind === 'folder',
    isSymbolicLink: () => false,
  };
}

function fail(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code });
}

/** Calls of `node:fs` that go to `disk()` where they are about it, and elsewhere otherwise. */
export function overDisk(real: Readonly<Record<string, unknown>>, disk: () => MemoryDisk) {
  const calls = [
    ...['openSync', 'closeSync', 'readSync', 'writeSync', 'ftruncateSync', 'fsyncSync', 'linkSync'],
    ...[
      'renameSync',
      'unlinkSync',
      'mkdirSync',
      'rmdirSync',
      'readdirSync',
      'lstatSync',
      'fstatSync',
    ],
  ] as const;
  const all = Object.fromEntries(
    calls.map((name) => [
      name,
      (first: unknown, ...rest: unknown[]) => {
        const isOurs =
          typeof first === 'string' ? first.startsWith(diskRoot) : Number(first) >= firstFd;
        const [owner, method] = isOurs
          ? [disk(), disk()[name as keyof MemoryDisk]]
          : [undefined, real[name]];
        return (method as (...args: unknown[]) => unknown).apply(owner, [first, ...rest]);
      },
    ]),
  );
  return { ...real, ...all, fdatasyncSync: all['fsyncSync'] };
}
