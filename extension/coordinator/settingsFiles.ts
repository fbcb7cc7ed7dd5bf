/**
 * The settings that a workspace's files hold at this moment.
 *
 * Reads the files again only when they changed; what is in them is `protocol/settings`' business.
 */
import { closeSync, fstatSync, lstatSync } from 'node:fs';
import type { Settings, SettingsFileName, SettingsProblem } from '../protocol/settings.ts';
import { parseSettings, settingsFileNames } from '../protocol/settings.ts';
import { openPlain, readAt } from './projector/files.ts';
import type { WorkspacePaths } from './workspace.ts';

/** Settings are some hundred lines; a larger file is a mistake, or meant to do harm. */
const maxFileBytes = 1024 * 1024;

export class SettingsFiles {
  readonly #files: Readonly<Record<SettingsFileName, string>>;
  #settings: Settings | null = null;
  #stamp = '';

  constructor(paths: WorkspacePaths) {
    this.#files = {
      'config.json': paths.config,
      'retry_config.json': paths.retryConfig,
      'agents.json': paths.agents,
    };
  }

  /** The settings as the files have them now. Never fails: see `problems`. */
  current(): Settings {
    const stamp = settingsFileNames.map((name) => stampOf(this.#files[name])).join(' ');
    if (this.#settings === null || stamp !== this.#stamp) {
      this.#settings = this.#read();
      this.#stamp = stamp;
    }
    return this.#settings;
  }

  #read(): Settings {
    const problems: SettingsProblem[] = [];
    const texts: Partial<Record<SettingsFileName, string>> = {};
    for (const file of settingsFileNames) {
      try {
        const text = readText(this.#files[file]);
        if (text !== null) texts[file] = text;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        problems.push({ file, path: '', message: `The file cannot be read: ${why}` });
      }
    }
    const settings = parseSettings(texts);
    if (problems.length === 0) return settings;
    return { ...settings, problems: [...problems, ...settings.problems] };
  }
}

/** Changes whenever the file is written or replaced. */
function stampOf(file: string): string {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.ino}:${stats.size}:${stats.ctimeNs}`;
  } catch {
    // Not to be looked at; reading it says why.
    return '?';
  }
}

function readText(file: string): string | null {
  const fd = openPlain(file);
  if (fd === null) return null;
  try {
    const { size } = fstatSync(fd);
    if (size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
    return readAt(fd, 0, size).toString('utf8');
  } finally {
    closeSync(fd);
  }
}
