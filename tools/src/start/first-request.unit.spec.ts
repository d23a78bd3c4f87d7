import { firstRequest } from './first-request.js';

describe('the first request to try', () => {
  it('asks the API that has just become ready', () => {
    const text = firstRequest('http://127.0.0.1:3001', 'dev-key');
    expect(text).toContain('curl -s http://127.0.0.1:3001/api/v1/hil/message');
    expect(text).toContain('Authorization: Bearer dev-key');
    expect(text).toContain('Prefer: wait=30');
    const body = /-d '(.*)'/.exec(text)?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ sender_type: 'user' });
  });

  it('does not show a key that somebody chose', () => {
    const text = firstRequest('http://127.0.0.1:3000', 'a-secret-of-mine');
    expect(text).not.toContain('a-secret-of-mine');
    expect(text).toContain('Bearer $BATON_API_KEY');
  });
});
