/**
 * Turns what a person wrote, and what they pointed at, into the content of a task.
 *
 * Pure: asks nobody and adds nothing.
 */
import type { TaskContent } from '../core/task.ts';
import { clip, plainLine } from './text.ts';

/** The longest title that the queue takes is longer; a title of this length can still be read. */
const titleChars = 120;

export interface Captured {
  /** From the workspace folder, with `/`. */
  readonly file: string;
  /** From 1, both included; absent for a whole file. */
  readonly lines?: { readonly start: number; readonly end: number };
  /** What stood there when it was queued. */
  readonly text?: string;
}

export interface Wanted {
  /** The first line is the title; more than a title's worth is the prompt, whole. */
  readonly text: string;
  /** Absent for agents outside the editor. */
  readonly program?: string | undefined;
  readonly captured?: readonly Captured[];
}

/** Null where nothing is written. */
export function contentOf({ text, program, captured = [] }: Wanted): TaskContent | null {
  const whole = text.replace(/\r\n?/g, '\n').trim();
  const first = plainLine(whole.split('\n').find((line) => plainLine(line) !== '') ?? '');
  if (first === '') return null;
  const title = clip(first.replace(/^#+\s+/, ''), titleChars);
  const prompt = title === whole ? '' : whole;
  const places = captured.map(describe).join('\n\n');
  const description = [prompt || (places && title), places].filter(Boolean).join('\n\n');
  return {
    title,
    description: description || null,
    type: 'any',
    kind: 'ai',
    priority: 'NORMAL',
    dependencies: [],
    ...(program === undefined ? {} : { program }),
    ...(captured.length === 0 ? {} : { capture: { places: captured } }),
    provenance: 'VS Code',
  };
}

/** `story/outline.md:3-9`, and what stands there, in a fence that it cannot end. */
function describe({ file, lines, text }: Captured): string {
  const place = lines === undefined ? file : `${file}:${lines.start}-${lines.end}`;
  if (text === undefined) return place;
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${place}\n${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
}
