/**
 * Follows what the person told their system about contrast: the view's own rules for high contrast
 * hang on the class that an editor gives its body. Light and dark are the style sheet's.
 */

const queries = ['(forced-colors: active)', '(prefers-contrast: more)'];

export function followContrast(body: HTMLElement): void {
  const lists = queries.map((query) => matchMedia(query));
  const dress = () => {
    body.classList.toggle(
      'vscode-high-contrast',
      lists.some(({ matches }) => matches),
    );
  };
  for (const list of lists) list.addEventListener('change', dress);
  dress();
}
