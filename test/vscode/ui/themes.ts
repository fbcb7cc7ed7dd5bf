/**
 * The themes that pictures are taken in: what a new user has, by day, by night and in high contrast.
 *
 * How a window changes its theme is the workbench's business.
 */

export const themes = {
  dark: { label: 'Dark 2026', workbench: 'vs-dark', webview: 'vscode-dark' },
  light: { label: 'Light 2026', workbench: 'vs', webview: 'vscode-light' },
  'high-contrast': {
    label: 'Dark High Contrast',
    workbench: 'hc-black',
    webview: 'vscode-high-contrast',
  },
} as const;

export type Theme = keyof typeof themes;
