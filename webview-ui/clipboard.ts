/** Puts text on the person's clipboard, because they asked for it. */

export function copy(text: string): void {
  // Where the browser does not allow it, the text stands there to be selected.
  navigator.clipboard.writeText(text).catch(() => undefined);
}
