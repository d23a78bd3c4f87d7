import { createHash } from 'node:crypto';

import { CALLBACK_HEADERS, callbackPage } from './callback-page.js';

describe('the page that a person comes back to', () => {
  it('says what it is given as text, whatever stands in it', () => {
    const page = callbackPage({ title: '<script>alert(1)</script>', text: `"quoted" & 'more' <img src=x>` });
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&quot;quoted&quot; &amp; &#39;more&#39;');
  });

  it('may do nothing but be styled by its own style', () => {
    const [, style = ''] = /<style>([^<]+)<\/style>/.exec(callbackPage({ title: 'a', text: 'b' })) ?? [];
    const policy = CALLBACK_HEADERS['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(policy).not.toContain('unsafe');
  });
});
