/**
 * Values of a file of settings, asked for by name and with their defaults.
 *
 * A value that makes no sense is reported once and its default holds. Knows no setting by name.
 */
import type { Millis } from '../core/ids.ts';

export interface Bounds {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;
/** Says what is wrong with the value at `path`, as in `interrupt.ask_ms`. */
export type Report = (path: string, message: string) => void;

/** A hundred years: delays beyond it are mistakes, and dates beyond it cannot be told from them. */
const maxSpanMs = 100 * 366 * 24 * 3_600_000;
const maxTextChars = 200;
const maxItems = 1_000;

/** One object of a file. */
export class SettingsValues {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #report: Report;

  constructor(fields: Fields, report: Report, path = '') {
    this.#fields = fields;
    this.#path = path;
    this.#report = report;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  isObject(name: string): boolean {
    return isFields(this.#value(name));
  }

  number(name: string, fallback: number, { least, most, whole = false }: Bounds): number {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const isNumber = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
    const number = value as number;
    if (isNumber && number >= least && (most === undefined || number <= most)) return number;
    const range = most === undefined ? `from ${least}` : `from ${least} to ${most}`;
    return this.#refused(name, value, `a ${whole ? 'whole ' : ''}number ${range}`, fallback);
  }

  /** A length of time that the file gives in units of `unitMs`. */
  span(name: string, unitMs: number, fallback: Millis, bounds: Bounds): Millis {
    const most = bounds.most ?? Math.floor(maxSpanMs / unitMs);
    return (this.number(name, fallback / unitMs, { ...bounds, most }) * unitMs) as Millis;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    return this.#refused(name, value, 'true or false', fallback);
  }

  text(name: string, fallback: string): string {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    if (isShortText(value)) return value;
    return this.#refused(name, value, `a text of 1 to ${maxTextChars} characters`, fallback);
  }

  texts(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.#value(name);
    if (value === undefined) return fallback;
    const isList = Array.isArray(value) && value.length <= maxItems && value.every(isShortText);
    return isList ? value : this.#refused(name, value, 'a list of texts', fallback);
  }

  /** The object under `name`; one without values where there is none. */
  inner(name: string): SettingsValues {
    const value = this.#value(name);
    if (value !== undefined && !isFields(value)) this.#refused(name, value, 'an object', null);
    return new SettingsValues(isFields(value) ? value : {}, this.#report, this.#pathOf(name));
  }

  /** The objects in this one, by their names. */
  *entries(): Generator<readonly [name: string, values: SettingsValues]> {
    for (const name of Object.keys(this.#fields)) yield [name, this.inner(name)];
  }

  /** Says that this object as a whole is left out. */
  refuse(message: string): void {
    this.#report(this.#path, message);
  }

  #value(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #refused<Fallback>(name: string, value: unknown, wanted: string, fallback: Fallback): Fallback {
    this.#report(this.#pathOf(name), `${shown(value)} is not ${wanted}; the default holds.`);
    return fallback;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxTextChars;
}

/** The value in a sentence, shortened: what is refused may be of any size. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return 'a list';
  return isFields(value) ? 'an object' : String(value);
}
