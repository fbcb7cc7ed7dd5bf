/**
 * Who a process is beyond its number, and on which machine, boot and namespace that holds.
 *
 * Only reads. Whose lease or lane a process holds is not known here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import type { Place } from '../core/lease.ts';
import { readProcess } from './processTable.ts';
import { sha256 } from './sha256.ts';

/** A process that is told apart from a later one with the same number. */
export interface KnownProcess {
  readonly pid: number;
  /** Opaque, as `startTimeOf` gives it; '' where it is not known. */
  readonly startTime: string;
}

const probeDeadlineMs = 5_000;

/** When a living process started, as opaque text; '' where it is gone or may not be seen. */
export function startTimeOf(pid: number): string {
  return readProcess(pid)?.startTime ?? '';
}

let self: KnownProcess | undefined;

/** This process. Read once: none of it changes while a process lives. */
export function ownIdentity(): KnownProcess {
  self ??= { pid: process.pid, startTime: startTimeOf(process.pid) };
  return self;
}

/**
 * Whether that very process still runs, as far as one can see: what may not be looked at counts as
 * alive, and so does a process with that number where no start time was recorded.
 */
export function isAlive({ pid, startTime }: KnownProcess): boolean {
  // Zero and negative numbers mean groups, and a signal to them asks about someone else.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const row = readProcess(pid);
  if (row === undefined) return true;
  return !row.dead && (startTime === '' || row.startTime === startTime);
}

let place: Place | undefined;

/** Where this process runs. Read once: none of it changes while a process lives. */
export function ownPlace(): Place {
  place ??= { host: hostId(), bootId: bootId(), pidNamespace: pidNamespace() };
  return place;
}

function hostId(): string {
  // A container without a machine id is told apart by the boot of its kernel instead: after a
  // restart it counts as another host, whose processes cannot be judged.
  const machine = machineId() || `boot ${bootId()}`;
  return sha256(`${machine}\n${process.platform}\n${release()}`).slice(0, 32);
}

function machineId(): string {
  switch (process.platform) {
    case 'linux':
      return readText('/etc/machine-id') || readText('/var/lib/dbus/machine-id');
    case 'darwin':
      return (
        /"IOPlatformUUID" = "([^"]+)"/.exec(
          run('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']),
        )?.[1] ?? ''
      );
    case 'win32':
      return (
        /MachineGuid\s+REG_SZ\s+(\S+)/.exec(
          run('reg', ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid']),
        )?.[1] ?? ''
      );
    default:
      return readText('/etc/machine-id');
  }
}

function bootId(): string {
  if (process.platform === 'linux') return readText('/proc/sys/kernel/random/boot_id');
  if (process.platform === 'darwin') return run('sysctl', ['-n', 'kern.bootsessionuuid']);
  return '';
}

function pidNamespace(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // A kernel without namespaces has one for all.
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Many systems lack one of these files; the caller has another source.
    return '';
  }
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      timeout: probeDeadlineMs,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    }).trim();
  } catch {
    // Not there or not allowed: not known, which every caller can live with.
    return '';
  }
}
