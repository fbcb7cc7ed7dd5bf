/** The queue view in a browser: what keys and clicks ask of the host, and how it stays in step. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { webviewProtocol } from '../../../extension/protocol/webview.ts';
import type { RequestMessage } from '../../../extension/protocol/webview.ts';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import * as models from '../../fixtures/webview/models.ts';
import { startWebview } from '../../support/webviewPage.ts';
import type { Harness, View } from '../../support/webviewPage.ts';

const undoPatienceMs = 6_000;

/** As much of an element as scrolling needs. */
interface Box {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

let harness: Harness;
let view: View;

beforeAll(async () => {
  harness = await startWebview();
});
afterAll(async () => harness[Symbol.asyncDispose]());
beforeEach(async () => {
  view = await harness.open();
});
afterEach(async () => {
  await view.page.close();
  expect(view.complaints).toEqual([]);
});

async function shown(
  make: (now: number) => QueueViewModel = models.typical,
  end = 1,
): Promise<void> {
  await view.show(make(Date.now()), end);
}

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await view.page.keyboard.press(key);
  await view.settled();
}

async function asked<Name extends RequestMessage['name']>(name: Name) {
  const message = await view.expectSaid(name);
  return message as Extract<RequestMessage, { name: Name }>;
}

async function allow(request: RequestMessage): Promise<void> {
  await view.tell({ type: 'response', id: request.id, result: { ok: true } });
}

describe('keyboard', () => {
  test('arrows walk across sections, Enter opens, and one row alone is in the tab order', async () => {
    await shown();
    await view.row('Render the map tiles').focus();

    await press('ArrowDown');
    expect(await view.focusedTitle()).toBe('Up next');
    await press('ArrowDown', 'ArrowDown');
    expect(await view.focusedTitle()).toBe('Harbour scene image');
    expect(await view.page.locator('.sections [role=treeitem][tabindex="0"]').count()).toBe(1);
    await press('Enter');

    expect((await asked('openTask')).params).toEqual({ task: 18, show: 'details' });
  });

  test('letters find a row', async () => {
    await shown();
    await view.row('Render the map tiles').focus();

    await press('f', 'i', 'x');

    expect(await view.focusedTitle()).toBe('Fix the failing date test in reports');
  });

  test('Alt and arrows move a task at once, and the second press starts where the first ended', async () => {
    await shown();
    await view.row('Scene image prompt').focus();

    await press('Alt+ArrowDown');
    expect((await asked('moveTask')).params).toEqual({
      task: 16,
      place: { at: 'after', task: 18 },
    });
    await press('Alt+ArrowDown');
    expect((await asked('moveTask')).params).toEqual({
      task: 16,
      place: { at: 'after', task: 19 },
    });

    expect(await upNextTitles()).toEqual([
      'Harbour scene image',
      'Fix the failing date test in reports',
      'Scene image prompt for the harbour',
      'Describe new screenshots for the archive',
    ]);
    expect(await view.focusedTitle()).toBe('Scene image prompt for the harbour');
  });

  test('a refused move goes back and says why', async () => {
    await shown();
    await view.row('Harbour scene image').focus();
    await press('Alt+ArrowUp');
    const request = await asked('moveTask');

    await view.tell({
      type: 'response',
      id: request.id,
      result: { ok: false, reason: 'unknown-task', message: 'There is no task 18 any more' },
    });

    await view.page.getByText('There is no task 18 any more').waitFor();
    expect((await upNextTitles())[0]).toBe('Scene image prompt for the harbour');
  });

  test('sections fold with arrows, and stay folded when the view comes back', async () => {
    await shown();
    await view.row('Harbour scene image').focus();

    await press('ArrowLeft', 'ArrowLeft');
    expect(await view.row('Harbour scene image').count()).toBe(0);
    await view.page.reload();
    await view.expectSaid('ready');
    await view.show(models.typical(Date.now()));

    expect(await view.row('Harbour scene image').count()).toBe(0);
    expect(await view.row('Generate the PDF').count()).toBe(1);
  });

  test('a row that goes leaves the focus to the next', async () => {
    await shown();
    await view.row('Harbour scene image').focus();
    const model = models.typical(Date.now());

    const rows = model.upNext.rows.filter((row) => row.id !== 18);
    await view.tell({
      type: 'update',
      from: 1,
      end: 2,
      model: { ...model, upNext: { ...model.upNext, rows } },
    });
    await view.row('Harbour scene image').waitFor({ state: 'detached' });
    await view.settled();

    expect(await view.focusedTitle()).toBe('Fix the failing date test in reports');
  });
});

describe('cancelling', () => {
  test('Delete strikes the row out, and only when the time to undo has passed is it sent', async () => {
    await shown();
    await view.row('Generate the PDF').focus();

    await press('Delete');
    await view.letPass(1_000);
    expect(view.said).toEqual([]);
    expect(await view.row('Generate the PDF').getAttribute('class')).toContain('cancelling');
    await view.letPass(undoPatienceMs);

    expect((await asked('cancelTask')).params).toEqual({ task: 14 });
  });

  test.each([
    ['Control and Z', 'Control+z'],
    ['Enter on it', 'Enter'],
    ['Escape', 'Escape'],
  ])('%s undoes it', async (_, key) => {
    await shown();
    await view.row('Generate the PDF').focus();

    await press('Delete', key);
    await view.letPass(undoPatienceMs * 2);
    await view.settled();

    expect(view.said).toEqual([]);
    expect(await view.row('Generate the PDF').getAttribute('class')).not.toContain('cancelling');
  });

  test('the button beside it undoes it', async () => {
    await shown();
    await view.row('Generate the PDF').hover();
    await view.row('Generate the PDF').getByRole('button', { name: 'Cancel' }).click();
    await view.page.getByRole('button', { name: 'Undo' }).click();

    expect(await view.page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    expect(view.said).toEqual([]);
  });

  test('what is held is sent when the view goes away', async () => {
    await shown();
    await view.row('Generate the PDF').focus();
    await press('Delete');

    await view.page.evaluate(`window.dispatchEvent(new Event('pagehide'))`);

    expect((await asked('cancelTask')).params).toEqual({ task: 14 });
  });
});

describe('clicks', () => {
  test('Interrupt names the attempt that is shown', async () => {
    await shown();
    await view.page.getByRole('button', { name: 'Interrupt' }).click();

    expect((await asked('interruptTask')).params).toEqual({ task: 12, token: 212 });
  });

  test('a question is answered by what the answer means', async () => {
    await shown();
    await view.page.getByRole('button', { name: 'Reject' }).click();
    expect((await asked('answerQuestion')).params).toEqual({
      questionId: 'q1',
      answer: { outcome: 'selected', optionId: 'no' },
    });

    await view.page.getByRole('button', { name: 'Later' }).click();
    expect((await asked('answerQuestion')).params).toEqual({
      questionId: 'q1',
      answer: { outcome: 'later' },
    });
  });

  test('an approval names exactly what was shown', async () => {
    await shown(models.attentive);
    await view.page.getByRole('button', { name: 'Approve' }).click();

    expect((await asked('approveTask')).params).toEqual({ task: 21, digest: 'd1' });
  });

  test('a row dragged onto another moves before or after it', async () => {
    await shown();
    await view.row('Describe new screenshots').dragTo(view.row('Harbour scene image'), {
      targetPosition: { x: 100, y: 3 },
    });

    expect((await asked('moveTask')).params).toEqual({
      task: 'screenshots',
      place: { at: 'before', task: 18 },
    });
  });

  test('an empty queue is one sentence and one button', async () => {
    await shown(models.empty);

    expect(await view.page.locator('button').allTextContents()).toEqual(['Add a task']);
    await view.page.getByRole('button', { name: 'Add a task' }).click();
    await allow(await asked('addTask'));
  });

  test('a stopped lane says what waits and starts', async () => {
    await shown(models.stopped);

    expect(await view.page.locator('.rest').innerText()).toContain('Stopped · 7 waiting');
    await view.page.getByRole('button', { name: 'Start' }).click();
    await asked('startLane');
  });

  test('without trust nothing can be changed, by click or by key', async () => {
    await shown(models.untrusted);
    await view.row('Harbour scene image').focus();
    await press('Delete', 'Alt+ArrowDown');

    expect(await view.page.locator('button').allTextContents()).toEqual(['Manage trust']);
    expect(await view.page.locator('.cancelling').count()).toBe(0);
    expect(view.said).toEqual([]);
  });
});

describe('in step with the host', () => {
  test('an answer that comes before the first frame is shown', async () => {
    await view.page.close();
    const model = models.typical(Date.now());
    view = await harness.open({
      welcome: { type: 'snapshot', protocol: webviewProtocol, end: 1, model },
    });

    await view.page.locator('main').waitFor();
  });

  test('a gap asks for the whole again, shows nothing of what came late, and goes on after it', async () => {
    await shown();
    const late = models.empty(Date.now());

    await view.tell({ type: 'update', from: 5, end: 6, model: late });
    expect(await view.expectSaid('resync')).toEqual({ type: 'resync', have: 1, reason: 'gap' });
    expect(await view.row('Harbour scene image').count()).toBe(1);
    await view.show(late, 6);

    await view.row('Harbour scene image').waitFor({ state: 'detached' });
  });

  test('a message that cannot be read asks for the whole again', async () => {
    await shown(models.typical, 3);

    await view.tellRaw({ type: 'update', from: 3, end: 4, model: { active: 'nonsense' } });

    expect(await view.expectSaid('resync')).toEqual({
      type: 'resync',
      have: 3,
      reason: 'unreadable',
    });
  });

  test('live text grows at its end, and a missing piece asks for the whole', async () => {
    await shown();
    const chunk = { type: 'output', task: 12, token: 212 } as const;

    await view.tell({ ...chunk, seq: 5, text: '\nlamp, which' });
    await view.tell({ ...chunk, seq: 6, text: ' is out.' });
    await view.page.getByText('lamp, which is out.').waitFor();
    await view.tell({ ...chunk, seq: 8, text: 'never shown' });

    expect(await view.expectSaid('resync')).toMatchObject({ reason: 'output-gap' });
    expect(await view.page.getByText('never shown').count()).toBe(0);
  });

  test('live text follows its end until a person scrolls away from it', async () => {
    await shown(models.longTexts);
    const chunk = { type: 'output', task: models.longTexts(0).active!.id, token: 212 } as const;
    const stream = view.page.locator('.stream');
    const below = async () =>
      stream.evaluate((box: Box) => box.scrollHeight - box.clientHeight - box.scrollTop);

    await view.tell({ ...chunk, seq: 10, text: '\none\ntwo\nthree\nfour' });
    await view.page.getByText('four').waitFor();
    expect(await below()).toBeLessThanOrEqual(1);

    await stream.evaluate((box: Box) => {
      box.scrollTop = 0;
    });
    await view.page.getByRole('button', { name: 'To the newest' }).waitFor();
    await view.tell({ ...chunk, seq: 11, text: '\nfive' });
    await view.page.getByText('five').waitFor();
    expect(await below()).toBeGreaterThan(50);

    await view.page.getByRole('button', { name: 'To the newest' }).click();
    await view.settled();
    expect(await below()).toBeLessThanOrEqual(1);
  });

  test('elapsed time runs on without a word from the host', async () => {
    await shown();
    const time = view.page.locator('.card .time');
    await time.filter({ hasText: /^0:4\d$/ }).waitFor();

    await view.letPass(60_000);

    await time.filter({ hasText: /^1:4\d$/ }).waitFor();
  });

  test('a task can be revealed in a folded section', async () => {
    await shown();
    expect(await view.row('Draft scene 3').count()).toBe(0);

    await view.tell({ type: 'reveal', task: 102 });
    await view.row('Draft scene 3').first().waitFor();
    await view.settled();

    expect(await view.focusedTitle()).toBe('Draft scene 3');
  });

  test('a host that never answers is admitted', async () => {
    await shown();
    await view.tell({ type: 'update', from: 5, end: 6, model: models.empty(Date.now()) });
    await view.expectSaid('resync');
    expect(await view.page.getByText('does not answer').count()).toBe(0);

    for (let asked = 0; asked < 2; asked++) {
      await view.letPass(undoPatienceMs);
      await view.expectSaid('resync');
    }

    await view.page.getByText('does not answer').waitFor();
    await shown();
    await view.page.getByText('does not answer').waitFor({ state: 'detached' });
  });
});

async function upNextTitles(): Promise<readonly string[]> {
  return view.page.locator('.upNext .row .t').allTextContents();
}
