/** The real store and coordinator on a disk in memory, through thousands of bad days. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WitnessKeeper } from '../../extension/store/file/witness.ts';
import { MemoryDisk } from './simulation/memoryDisk.ts';
import { Simulation } from './simulation/simulation.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
/** One seed alone, to look into it. */
const only = process.env['SIGNALBOX_SEED'];
const seeds = long ? 100_000 : 1_000;

const world = vi.hoisted(() => ({ disk: null as MemoryDisk | null }));

vi.mock('node:fs', async (importOriginal) => {
  const { overDisk } = await import('./simulation/memoryDisk.ts');
  return overDisk(await importOriginal<Record<string, unknown>>(), () => world.disk!);
});
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void vi.advanceTimersByTime(ms),
}));

beforeEach(() => {
  const toFake = ['setTimeout', 'clearTimeout', 'performance', 'Date'] as const;
  vi.useFakeTimers({ toFake: [...toFake], now: 1_700_000_000_000 });
});
afterEach(() => vi.useRealTimers());

async function simulate(seed: number): Promise<string | null> {
  const simulation = new Simulation(seed);
  world.disk = simulation.disk;
  vi.clearAllTimers();
  const broken = await simulation.run().catch((error: unknown) => String(error));
  return broken === null ? null : [`seed ${seed}: ${broken}`, ...simulation.diary].join('\n');
}

async function firstBroken(count: number): Promise<string | null> {
  for (let seed = 1; seed <= count; seed++) {
    const broken = await simulate(seed);
    if (broken !== null) return broken;
  }
  return null;
}

test(
  'whatever goes wrong, no promise is broken',
  { timeout: long ? 7_200_000 : 240_000 },
  async () => {
    const broken = only === undefined ? await firstBroken(seeds) : await simulate(Number(only));
    expect(broken).toBeNull();
  },
);

describe('a store is caught that', () => {
  test('answers before the disk has the lines', async () => {
    vi.spyOn(MemoryDisk.prototype, 'fsyncSync').mockReturnValue(undefined);
    expect(await firstBroken(200)).toMatch(/lost|issued|refused/);
  });

  test('asks no witness', async () => {
    vi.spyOn(WitnessKeeper.prototype, 'read').mockReturnValue([]);
    expect(await firstBroken(200)).toMatch(/lost|issued|refused/);
  });
});
