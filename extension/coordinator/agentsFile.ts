/**
 * Changes `AI/agents.json` for a person: one agent is set or taken out, all else in it stays.
 *
 * What the file means is `protocol/settings`'; nothing in it starts a program.
 */
import { defaultRules } from '../core/rules.ts';
import { isFields } from '../protocol/settingsValues.ts';
import type { Fields } from '../protocol/settingsValues.ts';
import { editSettings } from './settingsEdit.ts';
import type { SettingsEdited } from './settingsEdit.ts';

export interface AgentChange {
  readonly capabilities?: readonly string[];
  readonly capacity?: number;
}

export interface AgentsRefusal {
  readonly reason: 'invalid-file' | 'unknown-agent';
  readonly message: string;
}

type AgentsEdited = Promise<SettingsEdited<AgentsRefusal>>;

/** Sets what `change` names of the agent `name`, and adds it where it is not there yet. */
export function setAgent(file: string, name: string, change: AgentChange): AgentsEdited {
  return editAgents(file, (agents) => {
    const before = Object.hasOwn(agents, name) ? agents[name] : undefined;
    return { ...agents, [name]: { ...(isFields(before) ? before : {}), ...change } };
  });
}

export function removeAgent(file: string, name: string): AgentsEdited {
  let wasThere = false;
  return editAgents(file, (agents) => {
    // Once it was seen, whoever took it out did what was asked.
    wasThere ||= Object.hasOwn(agents, name);
    if (!wasThere) return null;
    const { [name]: _removed, ...others } = agents;
    return others;
  });
}

function editAgents(file: string, change: (agents: Fields) => Fields | null): AgentsEdited {
  return editSettings<AgentsRefusal>(file, (whole) => {
    const before = whole?.['agents'] ?? defaultAgents();
    if (whole === null || !isFields(before)) {
      const message = `${file} is not what it should be, {"agents": {"NAME": {…}}}, so it was left alone and the default agents hold. Correct it first.`;
      return { ok: false, refusal: { reason: 'invalid-file', message } };
    }
    const agents = change(before);
    if (agents !== null) return { ok: true, fields: { ...whole, agents } };
    const message = `No such agent is configured; there are ${Object.keys(before).join(', ') || 'none'}.`;
    return { ok: false, refusal: { reason: 'unknown-agent', message } };
  });
}

/** As the file would have it that says just what holds without one. */
function defaultAgents(): Fields {
  return Object.fromEntries(
    [...defaultRules.agents].map(([name, { capabilities }]) => [name, { capabilities }]),
  );
}
