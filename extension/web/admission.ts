/**
 * Who may use the page: whoever came with the address that was printed, once, in one browser.
 *
 * The token of the address buys two things and is dead: a cookie, which the browser keeps from
 * scripts, and a key, which it keeps from every other origin. A cookie alone would do for no more
 * than the empty page: browsers show it to every server of this machine, whatever its port.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';

const secretBytes = 32;

export interface Entered {
  readonly cookie: string;
  readonly key: string;
}

export class Admission {
  /** For the address that is printed. */
  readonly token = newSecret();
  readonly #session = newSecret();
  readonly #key = newSecret();
  #isSpent = false;

  /** Null where the token is another one, or was used before. */
  enter(token: string, port: number): Entered | null {
    if (this.#isSpent || !isSame(token, this.token)) return null;
    this.#isSpent = true;
    const cookie = `${cookieName(port)}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
    return { cookie, key: this.#key };
  }

  /** Whether a request comes from the browser that entered. */
  isKnown(cookies: string | undefined, port: number): boolean {
    const start = `${cookieName(port)}=`;
    const own = (cookies ?? '').split(';').map((each) => each.trim());
    return own.some(
      (each) => each.startsWith(start) && isSame(each.slice(start.length), this.#session),
    );
  }

  /** Whether it comes from the page itself, too. */
  isFromPage(key: string | string[] | undefined): boolean {
    return typeof key === 'string' && isSame(key, this.#key);
  }
}

/** Cookies know no ports, so dashboards of several workspaces need names of their own. */
function cookieName(port: number): string {
  return `signalbox-${port}`;
}

function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
