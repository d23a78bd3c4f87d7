import { applyRowsFunction } from '@baton/event-store';

import { approvalUpserts } from '../approval/approval.tables.js';
import { connectionUpserts } from '../connection/connection.tables.js';
import { consultationUpserts } from '../consultation/consultation.tables.js';
import { conversationUpserts } from '../conversation/conversation.tables.js';
import { runUpserts } from '../run/run.tables.js';

/**
 * `apply_rows` with the clauses of every read model of this service: what a migration runs that adds one or changes a
 * column, so that none of them drops another's clause.
 */
export const applyEveryReadModel = (schema: string): string =>
  applyRowsFunction(schema, [
    ...conversationUpserts(schema),
    ...runUpserts(schema),
    ...connectionUpserts(schema),
    ...approvalUpserts(schema),
    ...consultationUpserts(schema),
  ]);
