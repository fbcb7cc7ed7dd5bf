/** `signalbox store status`: where the log lives and how it is. */
import type { LogInspection } from '../../store/file/inspection.ts';
import type { Log } from '../../store/openLog.ts';
import { openToInspect, placeOf } from '../inspection.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'store status',
  summary: 'Where the log lives, how long it is, and whether it is sound.',
  async run(invocation) {
    const { store } = await openToInspect(invocation);
    const inspection = await store.inspect();
    const { logId, epoch, end, soundHash, segments, damage, pastDamage, witnesses } = inspection;
    const engine = engineOf(store);
    const json = {
      ok: damage === null,
      ...engine.json,
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
      ...engine.lines.map((line) => `  ${line}`),
      ...segments.map(({ path, lines }) => `  ${path}: ${lines} lines`),
      ...witnesses.map(({ path, seq }) => `  ${path}: has seen position ${seq}`),
      verdictOf(inspection),
    ];
    return { exit: damage === null ? exit.done : exit.store, json, text: text.join('\n') };
  },
};

function engineOf(store: Log): {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
} {
  if (store.engine === 'file') {
    const { mode, fileSystem } = store;
    return {
      json: { store: 'file', mode, file_system: fileSystem },
      lines: [`mode ${mode ?? 'unknown'}, on ${fileSystem}`],
    };
  }
  const { name, server } = store;
  return {
    json: { store: 'postgres', url: name, server: server.version, warnings: server.warnings },
    lines: [
      `in ${name}, PostgreSQL ${server.version}`,
      ...server.warnings.map((warning) => `WARNING: ${warning}`),
    ],
  };
}

function verdictOf({ damage, pastDamage }: LogInspection): string {
  if (damage !== null) return `HALTED: ${damage.message}. \`signalbox store recover\` is the cure.`;
  if (pastDamage === null) return 'Sound.';
  return `Sound, but the past is not: ${placeOf(pastDamage)}: ${pastDamage.message}. Put it back from a copy.`;
}
