import { type Tool, ToolError } from '../../tool.js';
import { type OrdersRepository } from './orders.repository.js';

const TIMEOUT_MS = 10_000;
const MOST_PER_REFUND = 1_000_000;

const orderId = {
  type: 'string',
  pattern: '^[0-9]{1,12}$',
  description: 'The number of the order, such as 1001',
};

export const orderTools = (orders: OrdersRepository): Tool[] => [lookupTool(orders), refundTool(orders)];

const lookupTool = (orders: OrdersRepository): Tool => ({
  name: 'orders.lookup',
  description: 'Looks an order up by its number: its status, its total and what was refunded of it.',
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: { order_id: orderId },
    required: ['order_id'],
    additionalProperties: false,
  },
  riskTier: 'LOW',
  timeoutMs: TIMEOUT_MS,
  idempotency: 'safe',
  sees: [],
  run: async (args, { tenantId }) => {
    const wanted = args['order_id'] as string;
    const order = await orders.find(tenantId, wanted);
    if (!order) throw unknownOrder(wanted);
    return {
      order_id: order.orderId,
      status: order.status,
      total: amountOf(order.totalCents),
      refunds: order.refunds.map(({ amountCents, at }) => ({ amount: amountOf(amountCents), at })),
    };
  },
});

const refundTool = (orders: OrdersRepository): Tool => ({
  name: 'orders.refund',
  description: 'Pays an amount of an order back to the customer. Look the order up first.',
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: {
      order_id: orderId,
      amount: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: MOST_PER_REFUND,
        description: 'With at most two decimals',
      },
    },
    required: ['order_id', 'amount'],
    additionalProperties: false,
  },
  riskTier: 'HIGH',
  timeoutMs: TIMEOUT_MS,
  idempotency: 'key',
  sees: [],
  run: async (args, { tenantId, idempotencyKey }) => {
    const wanted = args['order_id'] as string;
    const amountCents = centsOf(args['amount'] as number);
    const outcome = await orders.refund(tenantId, { orderId: wanted, amountCents, idempotencyKey });
    switch (outcome.kind) {
      case 'refunded':
        return {
          order_id: wanted,
          amount: amountOf(outcome.amountCents),
          left: amountOf(outcome.leftCents),
          at: outcome.at,
        };
      case 'unknown-order':
        throw unknownOrder(wanted);
      case 'too-much':
        throw new ToolError(
          'refund-too-large',
          `Only ${amountOf(outcome.leftCents).toFixed(2)} of order ${wanted} is left to refund`,
        );
      case 'key-reused':
        throw new ToolError('idempotency-key-reused', 'This call refunded something else before');
    }
  },
});

const unknownOrder = (order: string): ToolError => new ToolError('not-found', `There is no order ${order}`);

const amountOf = (cents: number): number => cents / 100;

/** Decimal at the edge, whole cents inside: a fraction of a cent is refused, not rounded. */
const centsOf = (amount: number): number => {
  const cents = Math.round(amount * 100);
  if (cents < 1 || Math.abs(amount * 100 - cents) > 1e-6)
    throw new ToolError('invalid-amount', 'An amount has at most two decimals');
  return cents;
};
