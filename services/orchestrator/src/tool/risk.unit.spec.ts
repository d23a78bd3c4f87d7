import { RISK_TIERS } from '@baton/contracts';

import { assessRisk, needsApproval } from './risk.js';
import { expression, policy } from './testing/node-scope.fixture.js';

const refund = { name: 'orders.refund', riskTier: 'HIGH' } as const;
const scored = policy('orders.refund', { kind: 'score', expression: expression('args.amount') });

describe('the risk of an action', () => {
  it("is the tool's own tier where the workflow says nothing", () => {
    expect(assessRisk(refund, undefined, undefined)).toEqual({
      risk_tier: 'HIGH',
      risk_score: 70,
      reasons: ['orders.refund is HIGH by itself'],
    });
    expect(assessRisk({ name: 'orders.lookup', riskTier: 'LOW' }, undefined, undefined).risk_score).toBe(0);
  });

  it('is the tier that the policy names, above or below the own one', () => {
    const lower = assessRisk(refund, policy('orders.refund', { kind: 'tier', tier: 'LOW' }), undefined);
    const higher = assessRisk(refund, policy('orders.refund', { kind: 'tier', tier: 'CRITICAL' }), undefined);

    expect([lower.risk_tier, higher.risk_tier]).toEqual(['LOW', 'CRITICAL']);
  });

  it("is the tool's own tier where a policy has no word on risk", () => {
    expect(assessRisk(refund, policy('orders.refund', null), undefined).risk_tier).toBe('HIGH');
  });

  it.each([
    [0, 'LOW'],
    [39.99, 'LOW'],
    [40, 'MEDIUM'],
    [69, 'MEDIUM'],
    [70, 'HIGH'],
    [89, 'HIGH'],
    [90, 'CRITICAL'],
    [100, 'CRITICAL'],
  ])('holds a score of %d against the tiers: %s', (score, tier) => {
    const risk = assessRisk(refund, scored, { value: score });

    expect(risk).toMatchObject({ risk_tier: tier, risk_score: score });
    expect(risk.reasons[0]).toContain(String(score));
  });

  it('keeps the score it shows between 0 and 100', () => {
    expect(assessRisk(refund, scored, { value: 4000 })).toMatchObject({
      risk_tier: 'CRITICAL',
      risk_score: 100,
    });
    expect(assessRisk(refund, scored, { value: -5 })).toMatchObject({ risk_tier: 'LOW', risk_score: 0 });
  });

  it.each([
    ['missing', undefined],
    ['undefined', { value: undefined }],
    ['null', { value: null }],
    ['not a number', { value: Number.NaN }],
    ['endless', { value: Infinity }],
    ['endless downwards', { value: -Infinity }],
    ['text', { value: '20' }],
    ['the name of a tier', { value: 'LOW' }],
    ['a list', { value: [20] }],
    ['an error', { error: new Error('took longer than 250 ms') }],
  ])('is CRITICAL where the score is %s', (_what, reading) => {
    const risk = assessRisk(refund, scored, reading);

    expect(risk).toMatchObject({ risk_tier: 'CRITICAL', risk_score: 100 });
    expect(risk.reasons).toHaveLength(1);
  });

  it('lets only LOW through', () => {
    const through = RISK_TIERS.filter(
      (risk_tier) => !needsApproval({ risk_tier, risk_score: 0, reasons: [] }),
    );
    expect(through).toEqual(['LOW']);
  });
});
