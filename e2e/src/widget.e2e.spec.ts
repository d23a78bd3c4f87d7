import AxeBuilder from '@axe-core/playwright';
import { type RunningBaton, startBaton } from '@baton/system';
import { HOSTILE_STRINGS, waitFor } from '@baton/testkit';
import { launchBrowser } from '@baton/testkit/browser';
import type { Browser } from 'playwright-core';

import { Api } from './api.js';
import { ChatPage } from './chat-page.js';

const QUESTION = 'How long do I have to return an item?';
const until = (check: () => Promise<boolean>, what: string): Promise<unknown> =>
  waitFor(check, { what, timeoutMs: 90_000 });

describe('the chat on a customer page', () => {
  let baton: RunningBaton;
  let browser: Browser;
  let api: Api;
  let ana: Api;

  beforeAll(async () => {
    browser = await launchBrowser();
    baton = await startBaton({ env: { BATON_DEMO: 'on', BATON_RATE_LIMIT_MESSAGES_PER_10S: '100000' } });
    api = new Api(baton.url, baton.apiKey);
    ana = await api.agent('ana', { max_concurrent: 9 });
    // The first turn pays for the model's start.
    await api.say('warm', QUESTION, { wait: 0 });
    await api.state('warm', 'FINISHED', 120_000);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await baton?.stop();
  });

  const accept = async (conversationId: string): Promise<void> => {
    const { offer_id } = await ana.offer('ana', conversationId, 90_000);
    const { status } = await ana.post(`/api/v1/offers/${offer_id}/accept`);
    expect(status).toBe(200);
  };
  const answer = (conversationId: string, message: string): Promise<unknown> =>
    ana.post('/api/v1/hil/message', {
      conversation_id: conversationId,
      message,
      sender_type: 'human_agent',
    });
  /** A conversation with Ana on it, from the first word in the box. */
  const withAna = async (): Promise<{ chat: ChatPage; id: string }> => {
    const chat = await ChatPage.open(browser, baton.url);
    const id = await chat.conversationId();
    await chat.say('I want to talk to a person');
    await accept(id);
    await chat.page.getByText('You are talking to a person.').waitFor();
    return { chat, id };
  };

  it('asks the AI, changes its mind about a person, gets one, and says how it was', async () => {
    const chat = await ChatPage.open(browser, baton.url);
    const id = await chat.conversationId();
    await chat.say(QUESTION);
    await chat.said('assistant').filter({ hasText: '30 days' }).waitFor();

    // Nobody is free: one waits, and is told how long.
    await ana.call('PUT', '/api/v1/human-agents/ana/presence', { status: 'AWAY' });
    await chat.button('Talk to a person').click();
    await chat.page.getByText('You are waiting for a person. You are next.').waitFor();
    await chat.button('Never mind').click();
    await chat.page.getByText('The assistant is back.').waitFor();
    await ana.call('PUT', '/api/v1/human-agents/ana/presence', { status: 'ONLINE' });
    await chat.button('Talk to a person').click();
    await accept(id);
    await chat.page.getByText('You are talking to a person.').waitFor();

    const typed = await chat.bodiesOf('**/typing');
    await chat.box.fill('It was a');
    await until(() => Promise.resolve(typed.length > 0), 'Ana to be told of the typing');
    expect(typed[0]).toEqual({ typing: true });
    await ana.post(`/api/v1/conversations/${id}/typing`, { typing: true });
    await chat.page.locator('baton-chat [part=typing]').getByText('Support is typing').waitFor();
    await answer(id, 'Ana here: see https://shop.example/returns. What did you order?');
    await chat.said('person').filter({ hasText: 'Ana here' }).waitFor();
    const link = chat.page.locator('baton-chat .text a');
    expect(await link.getAttribute('href')).toBe('https://shop.example/returns');
    expect(await link.getAttribute('rel')).toContain('noopener');
    expect(await chat.page.locator('baton-chat [part=typing]').count()).toBe(0);

    await api.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' });
    await chat.page.getByRole('radio', { name: '4 of 5' }).check({ force: true });
    await chat.page.getByLabel('Anything to add?').fill('Quick!');
    await chat.button('Send rating').click();
    await chat.page.getByText('Thank you for your rating.').waitFor();
    const events = await api.events(id);
    expect(events.find(({ type }) => type === 'conversation.feedback_recorded')?.data).toMatchObject({
      rating: 4,
      comment: 'Quick!',
    });
    expect(chat.troubles).toEqual([]);
    await chat.close();
  }, 300_000);

  it('lives through the death of the gateway: says so, loses and doubles nothing, keeps the draft', async () => {
    const { chat, id } = await withAna();
    const { gateway } = baton.services;
    const { pid } = gateway;
    process.kill(pid, 'SIGKILL');
    await chat.page.getByText('Reconnecting.').waitFor();
    await chat.say('Are you still there?');
    await chat.box.fill('And one more th');
    await until(() => Promise.resolve(gateway.running && gateway.pid !== pid), 'the gateway to be back');
    await chat.said('you').filter({ hasText: 'Are you still there?' }).waitFor();
    await until(async () => (await answerStatus(id)) === 202, 'Ana to be heard');
    await chat.said('person').filter({ hasText: 'Yes, here.' }).waitFor();
    await chat.page.getByText('You are talking to a person.').waitFor();
    expect(await chat.box.inputValue()).toBe('And one more th');

    // Reloaded, the page shows the same, once each, and the draft is still in the box.
    await chat.enter();
    await chat.said('person').filter({ hasText: 'Yes, here.' }).waitFor();
    expect(await chat.said('you').allTextContents()).toEqual([
      'I want to talk to a person',
      'Are you still there?',
    ]);
    expect(await chat.said('person').allTextContents()).toEqual(['Yes, here.']);
    expect(await chat.box.inputValue()).toBe('And one more th');
    expect((await api.messages(id)).filter(({ role }) => role === 'user')).toHaveLength(2);
    expect(chat.troubles).toEqual([]);
    await chat.close();
  }, 300_000);

  const answerStatus = async (id: string): Promise<number> => {
    try {
      const { status } = await ana.post('/api/v1/hil/message', {
        conversation_id: id,
        turn_id: 'yes-here',
        message: 'Yes, here.',
        sender_type: 'human_agent',
      });
      return status;
    } catch {
      return 0;
    }
  };

  it('sends a message once although the answer to it was lost and the page was loaded again', async () => {
    const { chat, id } = await withAna();
    const turnIds: unknown[] = [];
    // What the log tells is not heard: only the page itself knows of its message.
    await chat.page.route('**/events', (route) => route.abort());
    await chat.enter();
    await chat.page.route('**/api/v1/hil/message', async (route) => {
      turnIds.push((route.request().postDataJSON() as { turn_id: unknown }).turn_id);
      await route.fetch();
      await route.abort();
    });
    await chat.say('Once only');
    await until(() => Promise.resolve(turnIds.length > 0), 'the message to be sent');
    // Gone before the page could know that it arrived.
    await chat.page.goto('about:blank');
    await chat.page.unrouteAll({ behavior: 'ignoreErrors' });
    const again = await chat.bodiesOf<{ turn_id: unknown }>('**/api/v1/hil/message');
    await chat.enter();
    await chat.said('you').filter({ hasText: 'Once only' }).waitFor();
    await until(
      async () => (await chat.page.locator('baton-chat .pending').count()) === 0,
      'nothing pending',
    );
    expect(await chat.said('you').filter({ hasText: 'Once only' }).count()).toBe(1);
    expect((await api.messages(id)).filter(({ content }) => content === 'Once only')).toHaveLength(1);
    expect(again.length).toBeGreaterThan(0);
    turnIds.push(...again.map(({ turn_id }) => turn_id));
    expect(new Set(turnIds).size).toBe(1);
    await chat.close();
  }, 300_000);

  it('shows what means harm as text, whoever wrote it', async () => {
    const { chat, id } = await withAna();
    const strings = HOSTILE_STRINGS.filter((text) => text.trim() !== '');
    for (const text of strings) {
      expect((await api.say(id, text, { wait: 0 })).status).toBeLessThan(300);
      await answer(id, text);
    }
    for (const author of ['you', 'person'] as const) {
      const own = author === 'you' ? 1 : 0;
      await until(
        async () => (await chat.said(author).count()) === strings.length + own,
        `all that ${author} said`,
      );
      const shown = await chat.said(author).evaluateAll((all) =>
        all.map((element) => {
          for (const note of element.querySelectorAll('.hidden')) note.remove();
          return {
            text: element.textContent,
            tags: [...element.querySelectorAll('*')].map((each) => each.tagName),
          };
        }),
      );
      expect(shown.slice(own).map(({ text }) => text)).toEqual(strings);
      expect(new Set(shown.flatMap(({ tags }) => tags))).toEqual(new Set(['A']));
    }
    // As a draft, and as what was kept of it.
    for (const text of strings.slice(0, 12)) await chat.box.fill(text);
    await chat.enter();
    await until(async () => (await chat.said('person').count()) === strings.length, 'the page to be back');
    const hrefs = await chat.page
      .locator('baton-chat .text a')
      .evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).protocol));
    expect(new Set(hrefs)).toEqual(new Set(['https:']));
    // Nothing covers the page, and it is as wide as it was.
    expect(await chat.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(chat.troubles).toEqual([]);
    await chat.close();
  }, 300_000);

  it.each(['light', 'dark'] as const)(
    'has no violation that axe finds, in %s',
    async (colorScheme) => {
      const chat = await ChatPage.open(browser, baton.url, colorScheme);
      const violations = async (): Promise<unknown[]> => {
        const found = await new AxeBuilder({ page: chat.page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze();
        return found.violations.map(({ id: rule, nodes }) => ({ rule, at: nodes.map(({ html }) => html) }));
      };
      expect(await violations()).toEqual([]);
      await chat.say(QUESTION);
      await chat.said('assistant').filter({ hasText: '30 days' }).waitFor();
      await chat.button('Rate this conversation').click();
      await chat.page.getByRole('radio', { name: '5 of 5' }).check({ force: true });
      expect(await violations()).toEqual([]);
      if (process.env['BATON_SCREENSHOTS'])
        await chat.page.screenshot({ path: `${process.env['BATON_SCREENSHOTS']}/widget-${colorScheme}.png` });
      await chat.box.press('Escape');
      await chat.button('Open the chat').waitFor();
      expect(await chat.page.evaluate(() => document.activeElement?.tagName)).toBe('BATON-CHAT');
      await chat.close();
    },
    200_000,
  );
});
