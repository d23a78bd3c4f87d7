import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** Under load a browser is slow too. */
export const PATIENCE_MS = 45_000;

const PRESS_AGAIN_MS = 9000;

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What of a gateway that is gone on purpose the browser writes into its console. */
const OF_A_LOST_LINE = /net::ERR_|WebSocket connection|status of (?:409|5\d\d)/;

/** The desk as somebody who works with it sees it, in a browser context of their own. */
export class DeskPage {
  /** Errors of the page and of its console: a refusal by the content security policy is one. */
  readonly errors: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !OF_A_LOST_LINE.test(message.text()))
        this.errors.push(message.text());
    });
    page.on('dialog', (dialog) => {
      this.errors.push(`A dialog was opened: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Signs in by a link, as an administrator sends it; without a token it shows the sign-in page. */
  static async open(
    browser: Browser,
    url: string,
    token?: string,
    options: BrowserContextOptions = {},
  ): Promise<DeskPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const desk = new DeskPage(await context.newPage(), url);
    await desk.page.goto(`${url}/desk${token === undefined ? '' : `#token=${token}`}`);
    return desk;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}/desk#${path}`);
  }

  async openConversation(id: string): Promise<void> {
    await this.go(`/c/${encodeURIComponent(id)}`);
    await this.messages.waitFor();
  }

  get messages(): Locator {
    return this.page.getByRole('region', { name: 'Messages', exact: true });
  }

  /** The line of the transcript with this text. */
  said(text: string): Locator {
    return this.messages.locator('li', { hasText: text });
  }

  get reply(): Locator {
    return this.page.getByRole('textbox', { name: 'Your reply' });
  }

  get offer(): Locator {
    return this.page.locator('[data-offer]');
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async answer(text: string): Promise<void> {
    await this.reply.fill(text);
    await this.reply.press('Enter');
  }

  /** Presses a key until what it does is seen: one that comes a frame before its listener is lost. */
  async press(key: string, shown: Locator): Promise<void> {
    for (let triesLeft = PATIENCE_MS / PRESS_AGAIN_MS; ; triesLeft -= 1) {
      await this.page.keyboard.press(key);
      try {
        return await shown.waitFor({ timeout: PRESS_AGAIN_MS });
      } catch (error) {
        if (triesLeft <= 1) throw error;
      }
    }
  }

  async setPresence(name: 'Online' | 'Away' | 'Offline'): Promise<void> {
    await this.page.getByRole('button', { name: /You: / }).click();
    await this.page.getByRole('menuitemradio', { name }).click();
    await this.page.getByRole('button', { name: new RegExp(`Your presence: ${name}`) }).waitFor();
  }

  /** Waits for an offer and accepts it by one key. */
  async acceptOffer(): Promise<void> {
    await this.offer.waitFor();
    await this.page.keyboard.press('Alt+a');
    await this.reply.waitFor();
  }

  /** Every rule of WCAG 2.2 A and AA that is broken, in both schemes: the rule and where. */
  async violations(): Promise<string[]> {
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      const { violations } = await new AxeBuilder({ page: this.page }).withTags(WCAG).analyze();
      for (const { id, nodes } of violations) {
        found.push(
          ...nodes.map(
            (node) =>
              `${colorScheme}: ${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`,
          ),
        );
      }
    }
    return found;
  }
}
