/** `signalbox store status`: where the log lives and how it is. */
import { openDamaged } from '../inspection.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'store status',
  summary: 'Where the log lives, how long it is, and whether it is sound.',
  async run(invocation) {
    const store = openDamaged(invocation);
    const inspection = store.inspect();
    const { logId, epoch, end, soundHash, segments, damage, pastDamage, witnesses } = inspection;
    const json = {
      ok: damage === null,
      store: 'file',
      mode: store.mode,
      file_system: store.fileSystem,
      format: store.level,
      log_id: logId,
      epoch,
      seq: end,
      hash: soundHash,
      segments: segments.map(({ path, lines }) => ({ path, lines })),
      witnesses: witnesses.map(({ path, seq }) => ({ path, seq })),
      damage,
      past_damage: pastDamage,
    };
    const text = [
      `Log ${logId ?? 'unknown'}, epoch ${epoch}, position ${end}, format ${store.level}`,
      `  mode ${store.mode ?? 'unknown'}, on ${store.fileSystem}`,
      ...segments.map(({ path, lines }) => `  ${path}: ${lines} lines`),
      ...witnesses.map(({ path, seq }) => `  ${path}: has seen position ${seq}`),
      damage === null
        ? pastDamage === null
          ? 'Sound.'
          : `Sound, but the past is not: seg-${pastDamage.segment}.jsonl ${pastDamage.message}. Put the file back from a copy.`
        : `HALTED: ${damage.message}. \`signalbox store recover\` is the cure.`,
    ];
    return { exit: damage === null ? exit.done : exit.store, json, text: text.join('\n') };
  },
};
