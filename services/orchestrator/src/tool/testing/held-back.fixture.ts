import { type ActionRequest, ApprovalNeeded } from '../approval-needed.js';

/** What people are asked to decide before the work goes on; throws where it went on, or failed. */
export const heldBack = async (work: Promise<unknown>): Promise<ActionRequest> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApprovalNeeded) return error.request;
    throw error;
  }
  throw new Error('It went on without asking anybody');
};
