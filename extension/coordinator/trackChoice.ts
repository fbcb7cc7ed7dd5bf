/**
 * Records in `AI/config.json` that `TASK_QUEUE.json` goes into git, for every front end to go by.
 *
 * What git is told is `prepareWorkspace`'s, and what such a file shows `protocol/queueFile`'s.
 */
import { editSettings } from './settingsEdit.ts';
import type { SettingsEdited } from './settingsEdit.ts';
import type { WorkspacePaths } from './workspace.ts';

/** The refusal is a sentence for people; nothing is changed then. */
export function chooseTracking({ config }: WorkspacePaths): Promise<SettingsEdited<string>> {
  return editSettings(config, (fields) => {
    if (fields !== null) return { ok: true, fields: { ...fields, track: true } };
    const refusal = `${config} is no JSON object, so it was left alone. Correct it first.`;
    return { ok: false, refusal };
  });
}
