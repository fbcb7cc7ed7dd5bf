/**
 * Where the view is shown, as far as it changes what a person can do there.
 *
 * Says what is at hand, not how it looks.
 */

export interface Surroundings {
  /**
   * An editor is around: programs are started and approved from the view, it has menus and opens
   * documents. Elsewhere a terminal does that, and the view names the command.
   */
  readonly isEditor: boolean;
  /** The host does not answer. */
  readonly lost: string;
  /** The host speaks another version. */
  readonly outdated: string;
}

export const editor: Surroundings = {
  isEditor: true,
  lost: 'The extension does not answer.',
  outdated: 'Signalbox was updated. Reload the window to see the queue.',
};

export const browser: Surroundings = {
  isEditor: false,
  lost: 'The dashboard does not answer.',
  outdated: 'Signalbox was updated. Reload this page to see the queue.',
};
