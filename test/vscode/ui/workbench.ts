/**
 * One window of VS Code, driven as a person would: palette, inputs, status bar, views, editors.
 *
 * The only place that knows the workbench's selectors (seen with VS Code 1.139). Every wait is for
 * a condition and has a deadline; nothing here sleeps.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { screenshotsDir } from '../launcher/paths.ts';
import { themes } from './themes.ts';
import type { Theme } from './themes.ts';

/** From a cold start, on a machine that does other things too. */
const loadLimitMs = 120_000;

/**
 * After this long a command that is not in the palette is looked up again: it may be new. Each look
 * is longer than the one before, since a slow machine may need longer than this for any of them.
 */
const lookAgainMs = 2_000;

const lookLimitMs = 120_000;
const pollMs = 100;
/** How long a frame that was just listed may take to say its name. */
const frameMs = 2_000;

/** The extension's status item: publisher, name and the id that the item was made with. */
const extensionId = process.env['SIGNALBOX_EXTENSION_ID'] ?? 'signalbox.signalbox';

export class Workbench {
  /** For what this class has no word for. */
  readonly page: Page;
  readonly #errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.#errors.push(error.stack ?? error.message));
    page.on('crash', () => this.#errors.push('The page crashed'));
    page.on('console', (message) => {
      // The workbench's console is noisy; a refused script or style is the extension's own doing.
      if (message.text().includes('violates the following Content Security Policy')) {
        this.#errors.push(message.text());
      }
    });
  }

  /** What went wrong in the page so far: errors thrown in it, and what a policy refused. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  async load(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'commit' });
    await this.#ready();
  }

  /** As a person's reload: the extension host ends, and another one begins. */
  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'commit' });
    await this.#ready();
  }

  /** Closes the window; its extension host ends with it, the server stays. */
  async close(): Promise<void> {
    await this.page.close();
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: loadLimitMs });
    await this.page.locator('.part.statusbar .statusbar-item').first().waitFor({
      timeout: loadLimitMs,
    });
  }

  /** Runs the command of exactly this title (`Signalbox: Add Task`) from the palette. */
  async palette(command: string): Promise<void> {
    const deadline = performance.now() + lookLimitMs;
    const row = this.#quickRow(command);
    for (let tries = 1; ; tries++) {
      await this.page.keyboard.press('F1');
      await this.quickInputBox.fill(`>${command}`);
      try {
        await row.waitFor({ timeout: lookAgainMs * tries });
        break;
      } catch (error) {
        // An extension that is still being read adds its commands without the list noticing.
        if (performance.now() > deadline) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    await row.click();
  }

  /** The text box of the palette, of pickers and of input boxes: there is one at a time. */
  get quickInputBox(): Locator {
    return this.page.locator('.quick-input-widget:visible input.input');
  }

  /** Types `text` into the open input box and accepts it. */
  async quickInput(text: string): Promise<void> {
    await this.quickInputBox.fill(text);
    await this.quickInputBox.press('Enter');
  }

  /** Chooses the row of exactly this label in the open picker. */
  async quickPick(label: string): Promise<void> {
    await this.#quickRow(label).click();
  }

  #quickRow(label: string): Locator {
    const name = this.page.locator('.quick-input-list-label .label-name', {
      hasText: exactly(label),
    });
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ has: name }).first();
  }

  /** The extension's status item; `innerText` of it is what a person reads. */
  statusItem(itemId: string): Locator {
    return this.page.locator(`[id="${extensionId}.${itemId}"]`);
  }

  /** Waits until the status item reads so. Text of icons is not part of it. */
  async statusReads(itemId: string, text: string | RegExp): Promise<void> {
    await this.statusItem(itemId).filter({ hasText: text }).waitFor({ timeout: loadLimitMs });
  }

  /** The notification that says so, while it is shown. */
  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  /** Takes all notifications away, so that a picture shows what it is about. */
  async clearToasts(): Promise<void> {
    await this.palette('Notifications: Clear All Notifications');
    await this.page.locator('.notifications-toasts.visible').waitFor({ state: 'hidden' });
  }

  /** Shows a view container by the name that its icon has in the activity bar. */
  async openContainer(name: string): Promise<void> {
    const icon = this.page.locator(`a[aria-label^="${name}"]`);
    const item = this.page.locator('.activitybar .action-item').filter({ has: icon });
    await item.waitFor({ timeout: loadLimitMs });
    // A click on the icon of what is already shown would hide it.
    if (!((await item.getAttribute('class')) ?? '').includes('checked')) await item.click();
  }

  /** The inside of the visible webview that shows `content`. */
  async webviewFrame(content: string | RegExp): Promise<FrameLocator> {
    const deadline = performance.now() + loadLimitMs;
    for (;;) {
      for (const inner of await this.#webviews()) {
        const shown = inner.locator('body').filter({ hasText: content });
        if (await shown.isVisible().catch(() => false)) return inner;
      }
      if (performance.now() > deadline) {
        throw new Error(`No webview shows ${String(content)} after ${loadLimitMs} ms`);
      }
      await pause(pollMs);
    }
  }

  async #webviews(): Promise<readonly FrameLocator[]> {
    const outer = await this.page.locator('iframe.webview.ready:visible').all();
    const names = await Promise.all(
      // A view may go between the listing and this look.
      outer.map((frame) => frame.getAttribute('name', { timeout: frameMs }).catch(() => null)),
    );
    return names
      .filter((name) => name !== null)
      .map((name) =>
        // Bound to its name: the order of frames changes as views come and go.
        this.page
          .frameLocator(`iframe.webview.ready[name="${name}"]`)
          .frameLocator('iframe#active-frame'),
      );
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+p');
    await this.quickInputBox.fill(name);
    await this.#quickRow(name).click();
    await this.page.locator('.tab', { hasText: name }).waitFor();
  }

  /** Chooses `item` in the context menu of the text in the active editor. */
  async editorMenu(item: string): Promise<void> {
    const label = this.page.locator('.action-label', { hasText: exactly(item) });
    const row = this.page.locator('.monaco-menu .action-item').filter({ has: label });
    // On the text itself, at the start of the first line: elsewhere a click ends a selection.
    await this.page
      .locator('.editor-group-container.active .view-line')
      .first()
      .click({ button: 'right', position: { x: 12, y: 8 } });
    // By key: a menu lets clicks pass that come too soon after the one that opened it.
    await row.hover();
    await this.page.locator('.monaco-menu .action-item.focused').filter({ has: label }).waitFor();
    await this.page.keyboard.press('Enter');
    await row.waitFor({ state: 'hidden' });
  }

  /** Answers the modal dialog that asks `question` with the button of exactly this name. */
  async answerDialog(question: string, button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box', { hasText: question });
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** Opens a new terminal and types a line into it. */
  async typeInTerminal(line: string): Promise<void> {
    await this.palette('Terminal: Create New Terminal');
    const input = this.page.locator('.terminal-wrapper.active .xterm-helper-textarea');
    await input.waitFor({ state: 'attached', timeout: loadLimitMs });
    await input.focus();
    // What is typed before the shell is up waits for it.
    await this.page.keyboard.type(`${line}\n`);
  }

  /** A row of the Problems panel; opens the panel. */
  async problem(text: string | RegExp): Promise<Locator> {
    await this.palette('View: Focus Problems (Errors, Warnings, Infos)');
    return this.page.locator('.markers-panel .monaco-list-row', { hasText: text }).first();
  }

  /** Whether the window shows that it is in Restricted Mode. */
  async isRestricted(): Promise<boolean> {
    return await this.page.locator('[id="status.workspaceTrust"]').isVisible();
  }

  /** Trusts the open folder, as a person does in the trust editor. */
  async grantTrust(): Promise<void> {
    await this.palette('Workspaces: Manage Workspace Trust');
    await this.page
      .locator('.workspace-trust-editor')
      .getByRole('button', { name: 'Trust', exact: true })
      .click();
    await this.page.locator('[id="status.workspaceTrust"]').waitFor({ state: 'hidden' });
    await this.page.locator('.modal-editor-part').getByRole('button', { name: 'Close' }).click();
    await this.page.locator('.workspace-trust-editor').waitFor({ state: 'hidden' });
  }

  /**
   * Chooses a theme, for this window: the others of the session keep theirs until they are loaded
   * again. Returns when the window and its webviews are drawn in it.
   */
  async setTheme(theme: Theme): Promise<void> {
    const { label, workbench, webview } = themes[theme];
    await this.palette('Preferences: Color Theme');
    await this.quickInputBox.fill(label);
    await this.quickPick(label);
    await this.page.locator(`.monaco-workbench.${workbench}`).waitFor();
    for (const inner of await this.#webviews()) await inner.locator(`body.${webview}`).waitFor();
  }

  /** Pictures `<name>-light`, `<name>-high-contrast` and `<name>-dark`; the window stays dark. */
  async screenshotInThemes(name: string, part?: Locator): Promise<void> {
    for (const theme of ['light', 'high-contrast', 'dark'] as const) {
      await this.setTheme(theme);
      await this.screenshot(`${name}-${theme}`, part);
    }
  }

  /**
   * Writes `out/screenshots/<name>.png`, of the window or of one part of it.
   *
   * Fonts are loaded by then; what else must be there is for the caller to wait for.
   */
  async screenshot(name: string, part?: Locator): Promise<string> {
    const path = join(screenshotsDir, `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await this.page.evaluate('document.fonts.ready.then(() => undefined)');
    await (part ?? this.page).screenshot({ path, animations: 'disabled' });
    return path;
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}
