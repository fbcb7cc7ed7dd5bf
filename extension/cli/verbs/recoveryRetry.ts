/** `signalbox recovery retry`: `retry`, where the older scripts look for it. */
import { verb as retry } from './retry.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = { ...retry, usage: 'recovery retry ID [AGENT|auto]' };
