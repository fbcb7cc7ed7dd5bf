/** What agents of a chaos run note of what they were told; see `chaosAgent`. */
import { existsSync, readFileSync } from 'node:fs';

export interface ChaosNote {
  /** `gaveBack`: failed or released. `refused`: it came too late to end its attempt. */
  readonly what: 'claimed' | 'completed' | 'gaveBack' | 'refused';
  readonly task: number | string;
  readonly token: number;
  readonly agent: string;
}

/** The whole notes; one that was cut short by a kill was told to nobody. */
export function readNotes(file: string): readonly ChaosNote[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ChaosNote);
}
