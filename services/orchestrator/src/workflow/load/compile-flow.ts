import { HandoverReason } from '@baton/contracts';

import type { ItemNodeFile, NodeFile, NodeFileOf } from '../file/node.schema.js';
import type { Path } from '../file/yaml-source.js';
import type { ApprovalNode, BranchNode, ItemNode, MapNode, SinkNode } from '../workflow.js';
import { checkTool, compileRisk, dependent, type NodeCompilation, worked } from './compile-parts.js';
import { compileAgent, compileTool, compileTransform } from './compile-work.js';
import { SCOPE_NAMES, type Site } from './expression-compiler.js';

export const compileBranch = (
  id: string,
  file: NodeFileOf<'branch'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): BranchNode => ({
  type: 'branch',
  cases: file.cases.flatMap((choice, index) => {
    const when = compilation.expressions.expression(choice.when, [...path, 'cases', index, 'when'], site);
    return when ? [{ when, to: [choice.to].flat() }] : [];
  }),
  otherwise: file.default === undefined ? [] : [file.default].flat(),
  ...worked(id, file, path, site, compilation),
});

export const compileMap = (
  id: string,
  file: NodeFileOf<'map'>,
  items: ReadonlyMap<string, NodeFile>,
  compilation: NodeCompilation,
): MapNode => {
  const { expressions, problems } = compilation;
  const path: Path = ['nodes', id];
  const site: Site = { node: id };
  if (file.over === undefined) problems.at([...path, 'over'], 'is missing');
  if ([...SCOPE_NAMES, 'args'].includes(file.as))
    problems.at([...path, 'as'], `"${file.as}" is in scope already: name the item something else`);
  const itemPath: Path = typeof file.node === 'string' ? ['nodes', file.node] : [...path, 'node'];
  const itemFile = typeof file.node === 'string' ? items.get(file.node) : file.node;
  const itemSite: Site = { node: id, extra: [file.as] };
  return {
    type: 'map',
    over: expressions.value(file.over, [...path, 'over'], site),
    as: file.as,
    item: compileItem(`${id}[]`, itemFile, itemPath, itemSite, compilation),
    ...worked(id, file, path, site, compilation),
  };
};

const compileItem = (
  id: string,
  file: NodeFile | ItemNodeFile | undefined,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): ItemNode => {
  switch (file?.type) {
    case 'agent':
      return compileAgent(id, file, path, site, compilation);
    case 'tool':
      return compileTool(id, file, path, site, compilation);
    case 'transform':
      return compileTransform(id, file, path, site, compilation);
    default: {
      // Reported where the map names it; the workflow is refused.
      const nothing = {
        value: null,
        retry: { attempts: 1, backoff: 1 },
        timeout: 1,
        type: 'transform' as const,
      };
      return compileTransform(id, nothing, path, site, compilation);
    }
  }
};

export const compileApproval = (
  id: string,
  file: NodeFileOf<'approval'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): ApprovalNode => {
  const { expressions } = compilation;
  const plan = typeof file.plan === 'string' ? { request: file.plan, steps: [] } : file.plan;
  plan.steps.forEach((step, index) =>
    checkTool(step.tool, [...path, 'plan', 'steps', index, 'tool'], compilation),
  );
  const planPath: Path = [...path, 'plan'];
  return {
    type: 'approval',
    plan:
      typeof file.plan === 'string'
        ? {
            kind: 'map',
            entries: [
              ['request', expressions.template(file.plan, planPath, site)],
              ['steps', { kind: 'constant', value: [] }],
            ],
          }
        : expressions.template(plan, planPath, site),
    risk: file.risk === undefined ? null : compileRisk(file.risk, [...path, 'risk'], site, expressions),
    ...worked(id, file, path, site, compilation),
  };
};

export const compileSink = (
  id: string,
  file: NodeFileOf<'sink'>,
  path: Path,
  site: Site,
  compilation: NodeCompilation,
): SinkNode => {
  const { expressions, problems } = compilation;
  if (file.sink === 'FINISH') {
    for (const key of ['reason', 'note'] as const)
      if (file[key] !== undefined) problems.atKey([...path, key], `"${key}" belongs to a HANDOVER sink`);
  }
  const optional = (key: 'reply' | 'confidence' | 'note' | 'output') =>
    file[key] === undefined ? null : expressions.template(file[key], [...path, key], site);
  return {
    type: 'sink',
    sink: file.sink,
    reply: optional('reply'),
    confidence: optional('confidence'),
    reason: file.reason ?? HandoverReason.enum.agent_decision,
    note: optional('note'),
    output: optional('output'),
    ...dependent(id, file, path, site, compilation),
  };
};
