/** What one line of a transcript says, as a person reads it. */
import type { TranscriptRecord } from './transcriptFiles.ts';

/** What a program wrote stays as it is; everything else is a line about it. */
export function transcriptText({ event }: TranscriptRecord): string {
  switch (event.type) {
    case 'chunk':
      return event.text;
    case 'tool_use':
      return `[${event.status}] ${event.title}\n`;
    case 'progress':
      return event.message === undefined ? '' : `[${event.message}]\n`;
    case 'complete':
      return '';
    case 'error':
      return `[${event.errorClass}: ${event.message}]\n`;
    case 'interrupted':
      return `[interrupted${event.message === undefined ? '' : `: ${event.message}`}]\n`;
  }
}
