/** The orders that every tenant's demo shop begins with. */
export const DEMO_ORDERS: ReadonlyMap<string, { readonly status: string; readonly totalCents: number }> =
  new Map([
    ['1001', { status: 'shipped', totalCents: 100_000 }],
    ['1002', { status: 'delivered', totalCents: 100_000 }],
    ['1003', { status: 'processing', totalCents: 100_000 }],
    ['1004', { status: 'delivered', totalCents: 100_000 }],
    ['1005', { status: 'shipped', totalCents: 100_000 }],
    ['1006', { status: 'delivered', totalCents: 24_990 }],
    ['1007', { status: 'cancelled', totalCents: 5_900 }],
    ['1008', { status: 'returned', totalCents: 12_950 }],
    ['1009', { status: 'processing', totalCents: 39_999 }],
    ['1010', { status: 'delivered', totalCents: 1_999 }],
  ]);
