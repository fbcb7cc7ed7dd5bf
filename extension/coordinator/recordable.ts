/**
 * A command as it may be recorded: without secrets in what is for reading, and with long texts kept
 * beside the log.
 *
 * The one place that every command passes, whoever made it, before it is decided: a chained log
 * cannot be cleaned later. A prompt is left whole, since a task needs it, but one with a secret is
 * kept beside the log however short it is, where it can be purged. Command lines and captured input
 * are left as they are, since programs get them; whoever adds them is warned by `secretWarnings`.
 */
import type { Command, ImportedTask } from '../core/command.ts';
import { redact, redactDeep, secretKinds } from '../core/secrets.ts';
import type { BlobRef, TaskContent } from '../core/task.ts';
import type { TaskStore } from '../store/taskStore.ts';

/** Longer texts are kept beside the log, and its line only names them. */
const longTextBytes = 16 * 1024;
/** A message is a sentence; what is longer belongs into a result or a transcript. */
const maxMessageChars = 4_000;

type Blobs = Pick<TaskStore, 'putBlob'>;

/** Answers with the very same command where there is nothing to change in it. */
export async function recordable(command: Command, blobs: Blobs): Promise<Command> {
  switch (command.type) {
    case 'add':
      return { ...command, content: await contentOf(command.content, blobs) };
    case 'edit':
      return { ...command, content: await contentOf(command.content, blobs) };
    case 'import': {
      const tasks: ImportedTask[] = [];
      // One after the other: thousands at once would be as many open files.
      for (const task of command.tasks) tasks.push(await importedOf(task, blobs));
      return { ...command, tasks };
    }
    case 'complete':
      return { ...command, result: await resultOf(command.result, blobs) };
    case 'fail':
    case 'progress':
    case 'note':
      return { ...command, message: messageOf(command.message) };
    case 'release':
    case 'cancel':
    case 'laneSettle':
    case 'interrupt':
      return { ...command, reason: messageOf(command.reason) };
    case 'checkpoint':
      return { ...command, checkpoint: redactDeep(command.checkpoint) };
    default:
      return command;
  }
}

/** What a person should know of the secrets in what they just wrote, a sentence for each field. */
export function secretWarnings(content: Partial<TaskContent>): readonly string[] {
  const { title, labels, provenance, description, extra: _extra, ...rest } = content;
  const warnings: string[] = [];
  const of = (kinds: readonly string[]) => `what looks like a secret (${kinds.join(', ')})`;
  for (const [field, value] of Object.entries({ title, labels, provenance })) {
    const kinds = secretKinds([value ?? ''].flat().join('\n'));
    if (kinds.length > 0) warnings.push(`The ${field} had ${of(kinds)}; it was replaced.`);
  }
  const inPrompt = typeof description === 'string' ? secretKinds(description) : [];
  if (inPrompt.length > 0) {
    warnings.push(
      `The description has ${of(inPrompt)}. It is kept whole, apart from the log, for whoever works on the task. Better name where the secret is found.`,
    );
  }
  for (const [field, value] of Object.entries(rest)) {
    const kinds = secretKinds(typeof value === 'string' ? value : JSON.stringify(value));
    if (kinds.length === 0) continue;
    warnings.push(
      `The field ${field} has ${of(kinds)}, and the log keeps it for ever. Change the secret, and pass it in the environment instead.`,
    );
  }
  return warnings;
}

async function contentOf<Content extends Partial<TaskContent>>(
  content: Content,
  blobs: Blobs,
): Promise<Content> {
  const { title, description, extra, labels, provenance } = content;
  return {
    ...content,
    ...(title === undefined ? {} : { title: redact(title) }),
    ...(typeof description === 'string' ? { description: await promptOf(description, blobs) } : {}),
    ...(labels === undefined ? {} : { labels: labels.map(redact) }),
    ...(provenance === undefined ? {} : { provenance: redact(provenance) }),
    ...(extra === undefined ? {} : { extra: redactDeep(extra) }),
  };
}

async function promptOf(text: string, blobs: Blobs): Promise<string | BlobRef> {
  return redact(text) === text ? asBlobIfLong(text, blobs) : asBlob(text, blobs);
}

async function resultOf(
  result: string | BlobRef | null,
  blobs: Blobs,
): Promise<string | BlobRef | null> {
  return typeof result === 'string' ? asBlobIfLong(redact(result), blobs) : result;
}

async function importedOf(task: ImportedTask, blobs: Blobs): Promise<ImportedTask> {
  const content = await contentOf(task.content, blobs);
  const result = await resultOf(task.result, blobs);
  return { ...task, content, result, reason: messageOf(task.reason) };
}

function messageOf(text: string): string {
  const clean = redact(text);
  return clean.length > maxMessageChars ? `${clean.slice(0, maxMessageChars - 1)}…` : clean;
}

async function asBlobIfLong(text: string, blobs: Blobs): Promise<string | BlobRef> {
  return Buffer.byteLength(text) <= longTextBytes ? text : asBlob(text, blobs);
}

async function asBlob(text: string, blobs: Blobs): Promise<BlobRef> {
  return { blob: await blobs.putBlob(text), bytes: Buffer.byteLength(text) };
}
