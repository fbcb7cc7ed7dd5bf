/** What must be disposed by whoever made it; the editor takes it among its subscriptions. */
export interface Disposable {
  readonly dispose: () => void;
}
