import { HANDOVER_REASONS, type HandoverReason } from '@baton/contracts';

import { asText } from '../workflow/expression/template.js';
import type { SinkNode, Workflow } from '../workflow/workflow.js';
import { type NodeWork, renderAll } from './nodes/node-work.js';
import type { SinkOutcome } from './run-outcome.js';
import type { RunFacts } from './run.state.js';

/** What a sink makes of the run that reached it; an agent's own HANDOVER overrides a FINISH. */
export const reachSink = async (
  sink: SinkNode,
  workflow: Workflow,
  work: Pick<NodeWork, 'ports' | 'log' | 'nodeId' | 'scope'>,
): Promise<SinkOutcome> => {
  const values = await renderAll(work, [sink.reply, sink.confidence, sink.note, sink.output]);
  const [reply, confidence, note, output] = values;
  const given = {
    reply: textOrNull(reply),
    confidence: toConfidence(confidence),
    output: (sink.output === null ? textOrNull(reply) : output) ?? null,
    not_run: [],
  };
  if (sink.sink === 'HANDOVER')
    return {
      kind: 'HANDOVER',
      node_id: sink.id,
      reason: sink.reason,
      note: textOrNull(note),
      overrides: null,
      ...given,
    };
  const agent = agentHandover(sink.id, workflow, work.log.state);
  if (agent) return { kind: 'HANDOVER', ...agent, overrides: sink.id, ...given };
  return { kind: 'FINISH', node_id: sink.id, reason: null, note: null, ...given };
};

/** The first agent on the way to the sink that decided to hand over. */
const agentHandover = (
  sinkId: string,
  { nodes, graph }: Workflow,
  run: RunFacts,
): { node_id: string; reason: HandoverReason; note: string | null } | undefined => {
  for (const id of graph.order) {
    const node = nodes.get(id);
    const isAgent = node?.type === 'agent' || (node?.type === 'map' && node.item.type === 'agent');
    if (!isAgent || !graph.ancestors.get(sinkId)?.has(id)) continue;
    for (const result of [run.steps[id]?.output].flat() as readonly unknown[]) {
      const { sink, reason, note } = (result ?? {}) as Record<string, unknown>;
      if (sink === 'HANDOVER') return { node_id: id, reason: toReason(reason), note: textOrNull(note) };
    }
  }
  return undefined;
};

const toReason = (value: unknown): HandoverReason =>
  HANDOVER_REASONS.find((reason) => reason === value) ?? 'agent_decision';

const textOrNull = (value: unknown): string | null => {
  const text = asText(value);
  return text === '' ? null : text;
};

/** 0–1 or nothing; nothing counts as 0 where a threshold is set. */
const toConfidence = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number <= 1 ? number : null;
};
