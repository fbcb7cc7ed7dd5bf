/** Files of settings that several processes change at once: none undoes what another did. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeAgent, setAgent } from '../../../extension/coordinator/agentsFile.ts';
import { editSettings } from '../../../extension/coordinator/settingsEdit.ts';
import { newWorkspace } from '../../support/workspace.ts';

function settingsFile(text?: string): string {
  const file = path.join(newWorkspace(), 'config.json');
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const namesBeside = (file: string) => readdirSync(path.dirname(file)).sort();

describe('a change of a file of settings', () => {
  test.each([
    ['a file', '{"a": 1}', '{"a": 2, "theirs": true}'],
    ['no file', undefined, '{"theirs": true}'],
  ])(
    'is made again on what someone else wrote meanwhile, where there was %s',
    async (_, text, theirs) => {
      const file = settingsFile(text);
      let rounds = 0;
      const edited = await editSettings(file, (fields) => {
        if (rounds++ === 0) writeFileSync(file, theirs);
        return { ok: true, fields: { ...fields, mine: true } };
      });

      expect({ edited, rounds }).toEqual({ edited: { ok: true, keptAt: null }, rounds: 2 });
      expect(read(file)).toEqual({ ...(JSON.parse(theirs) as object), mine: true });
      expect(namesBeside(file)).toEqual(['config.json']);
    },
  );

  test('goes on where another was killed in the middle of one', async () => {
    const file = settingsFile('{}');
    writeFileSync(path.join(path.dirname(file), '.config.json.next'), '{"never": "put in place"}');
    await editSettings(file, () => ({ ok: true, fields: { mine: true } }));

    expect(read(file)).toEqual({ mine: true });
    expect(namesBeside(file)).toEqual(['config.json']);
  });

  test('leaves the file alone where it is refused', async () => {
    const file = settingsFile('{ no json');
    const seen: unknown[] = [];
    const edited = await editSettings(file, (fields) => {
      seen.push(fields);
      return { ok: false, refusal: 'no' };
    });
    expect({ edited, seen }).toEqual({ edited: { ok: false, refusal: 'no' }, seen: [null] });
    expect(readFileSync(file, 'utf8')).toBe('{ no json');
  });

  test('keeps what it cannot keep in place: comments', async () => {
    const file = settingsFile('{ /* why */ "a": 1 }');
    const edited = await editSettings(file, (fields) => ({
      ok: true,
      fields: { ...fields, b: 2 },
    }));

    expect(edited).toEqual({ ok: true, keptAt: `${file}.old` });
    expect(read(file)).toEqual({ a: 1, b: 2 });
    expect(readFileSync(`${file}.old`, 'utf8')).toContain('/* why */');
  });
});

test('agents that are added and removed at once are all of them there, and gone', async () => {
  const file = path.join(newWorkspace(), 'agents.json');
  const names = Array.from({ length: 8 }, (_, n) => `Agent-${n}`);
  await Promise.all(names.map((name) => setAgent(file, name, { capabilities: ['any'] })));
  const gone = names.slice(0, 3);
  const answers = await Promise.all(gone.map((name) => removeAgent(file, name)));

  expect(answers.every(({ ok }) => ok)).toBe(true);
  const { agents } = read(file) as { readonly agents: object };
  const own = Object.keys(agents).filter((name) => name.startsWith('Agent-'));
  expect(own).toEqual(names.slice(3));
});
