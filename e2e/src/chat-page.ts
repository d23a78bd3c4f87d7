import type { Browser, Locator, Page } from 'playwright-core';

/** The demo page in a browser, with the chat in it, and everything that went wrong there. */
export class ChatPage {
  /** What the browser refused by policy, scripts that threw, and calls to elsewhere. */
  readonly troubles: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) this.troubles.push(message.text());
    });
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.troubles.push(`asked ${request.url().slice(0, 80)}`);
    });
  }

  static async open(
    browser: Browser,
    url: string,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<ChatPage> {
    const context = await browser.newContext({ colorScheme, locale: 'en-GB' });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const chat = new ChatPage(page, url);
    await page.exposeFunction('hostile', (which: number) =>
      chat.troubles.push(`ran hostile string ${which}`),
    );
    await chat.enter();
    return chat;
  }

  /** The page anew, with the same visitor. */
  async enter(): Promise<void> {
    await this.page.goto(`${this.url}/demo`);
    await this.page.getByRole('button', { name: 'Open the chat' }).click();
    await this.box.waitFor();
  }

  get box(): Locator {
    return this.page.getByRole('textbox', { name: 'Your message' });
  }

  get status(): Locator {
    return this.page.locator('baton-chat [part=status] [role=status]');
  }

  /** Messages of the log by their author's name, as text. */
  said(author: 'you' | 'assistant' | 'person'): Locator {
    return this.page.locator(`baton-chat .message.${author}:not(.pending):not(.provisional) .text`);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async say(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press('Enter');
  }

  /** The bodies of all calls to a path from now on. */
  async bodiesOf<T>(path: string): Promise<readonly T[]> {
    const bodies: T[] = [];
    await this.page.route(path, async (route) => {
      bodies.push(route.request().postDataJSON() as T);
      await route.continue();
    });
    return bodies;
  }

  /** The id of this visitor's conversation, as the page's own token says. */
  async conversationId(): Promise<string> {
    const token = await this.page.evaluate(async () => {
      const answer = await fetch('/demo/token', { method: 'POST' });
      return ((await answer.json()) as { token: string }).token;
    });
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    return (JSON.parse(payload) as { sub: string }).sub;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
