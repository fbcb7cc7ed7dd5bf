/**
 * What the view remembers across being hidden and reloaded: which sections are folded.
 *
 * Keeps nothing that is the queue's.
 */
import type { VsCodeApi } from './host.ts';
import type { SectionUi } from './rows.ts';

type Collapsed = SectionUi['collapsed'];

export class Memory {
  readonly #api: VsCodeApi;

  constructor(api: VsCodeApi) {
    this.#api = api;
  }

  get collapsed(): Collapsed {
    const state = this.#api.getState();
    if (typeof state !== 'object' || state === null || !('collapsed' in state)) return {};
    const { collapsed } = state;
    if (typeof collapsed !== 'object' || collapsed === null) return {};
    return Object.fromEntries(
      Object.entries(collapsed).filter((entry) => typeof entry[1] === 'boolean'),
    );
  }

  set collapsed(collapsed: Collapsed) {
    this.#api.setState({ collapsed });
  }
}
