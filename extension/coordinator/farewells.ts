/** Command lines that this person keeps outside any workspace, to be run after an interrupt. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { homeFolder } from './approvals.ts';

/** The command line of the farewell of that name, or undefined where none is configured. */
export function findFarewell(name: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const text = readFileSync(path.join(homeFolder(env), 'farewells.json'), 'utf8');
    return (JSON.parse(text) as Readonly<Record<string, string>>)[name];
  } catch {
    // None are configured.
    return undefined;
  }
}
