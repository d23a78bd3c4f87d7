import { createHash } from 'node:crypto';

import { type NodeFile as NodeFileType, NodeFile } from './file/node.schema.js';
import { NodeId } from './file/names.schema.js';
import { WorkflowSettings } from './file/workflow.schema.js';
import { readYaml } from './file/yaml-source.js';
import type { WorkflowCatalog } from './load/catalog.js';
import { checkCycles, checkSinks, mapItems, readEdges } from './load/check-graph.js';
import { compileHuman } from './load/compile-human.js';
import { compileNode } from './load/compile-node.js';
import { checkSchema, compileRisk, unknownModel } from './load/compile-parts.js';
import { ExpressionCompiler } from './load/expression-compiler.js';
import { type LoadError, Problems } from './load/problems.js';
import { reportIssues } from './load/report-issues.js';
import type { ApprovalPolicy, Workflow, WorkflowNode } from './workflow.js';

export type LoadResult =
  | { readonly ok: Workflow; readonly errors?: undefined }
  | { readonly ok?: undefined; readonly errors: readonly LoadError[] };

const MOST_NODES = 1000;

/** Reads a workflow file. Every error that can be told apart is told, each with its line and column. */
export const loadWorkflow = (yamlText: string, catalog: WorkflowCatalog): LoadResult => {
  const read = readYaml(yamlText);
  if ('problems' in read) return { errors: read.problems };
  const { source } = read;
  const problems = new Problems(source);
  const { value } = source;
  if (!isMap(value)) {
    problems.at([], 'must be a map with a name and nodes');
    return { errors: problems.errors };
  }

  const { nodes: nodesValue, ...rest } = value;
  const settings = WorkflowSettings.safeParse(rest);
  if (!settings.success) reportIssues(settings.error.issues, [], problems);
  const declared = isMap(nodesValue) ? nodesValue : {};
  const files = parseNodes(nodesValue, problems);

  const expressions = new ExpressionCompiler(problems);
  const items = mapItems(files, problems);
  const nodes = new Map<string, WorkflowNode>();
  for (const [id, file] of files)
    if (!items.has(id)) nodes.set(id, compileNode(id, file, items, { expressions, problems, catalog }));

  const edges = readEdges(files, new Set(Object.keys(declared)), items, problems);
  const { graph, isWhole } = checkCycles([...nodes.keys()], edges.filter(betweenParsed(nodes)), problems);
  const everyNodeParsed = files.size === Object.keys(declared).length;
  if (everyNodeParsed && files.size > 0) checkSinks(nodes, graph, problems);

  const approvals = settings.data
    ? compileApprovals(settings.data.approvals, expressions, catalog, problems)
    : new Map();
  const human = compileHuman(settings.data?.hil_config, expressions, problems);
  checkSchema(settings.data?.input, ['input'], problems);
  const consultant = settings.data?.consultation.model;
  if (consultant !== undefined && !catalog.knowsModel(consultant))
    problems.at(['consultation', 'model'], unknownModel(consultant));
  expressions.checkNames(
    new Set(Object.keys(declared).filter((id) => !items.has(id))),
    everyNodeParsed && isWhole ? graph : null,
  );

  if (problems.any || !settings.success) return { errors: problems.errors };
  const { conversation, limits } = settings.data;
  return {
    ok: {
      name: settings.data.name,
      description: settings.data.description ?? null,
      digest: digestOf(value),
      input: settings.data.input ?? null,
      nodes,
      graph,
      readsConversation: expressions.readsConversation,
      human,
      approvals,
      consultation: settings.data.consultation,
      conversation: {
        debounce: {
          quiet_ms: conversation.debounce.quiet,
          max_wait_ms: Math.max(conversation.debounce.quiet, conversation.debounce.max_wait),
        },
        on_new_input: conversation.on_new_input,
        dedup: conversation.dedup,
        context: conversation.context,
      },
      limits: { cost_usd: limits.cost_usd, timeout_ms: limits.timeout },
    },
  };
};

/** Content, not layout: comments, quotes and indentation do not make a new version. Order does: it decides ties. */
export const digestOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each node by itself, so that one bad node hides no error of another. */
const parseNodes = (value: unknown, problems: Problems): Map<string, NodeFileType> => {
  const files = new Map<string, NodeFileType>();
  if (!isMap(value)) {
    problems.at(['nodes'], value === undefined ? 'is missing' : 'must be a map of nodes');
    return files;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) problems.at(['nodes'], 'must hold a node');
  if (entries.length > MOST_NODES) {
    problems.at(['nodes'], `must hold at most ${MOST_NODES} nodes`);
    return files;
  }
  for (const [id, node] of entries) {
    const named = NodeId.safeParse(id);
    if (!named.success) problems.atKey(['nodes', id], named.error.issues[0]?.message ?? 'is no name');
    const parsed = NodeFile.safeParse(node);
    if (!parsed.success) reportIssues(parsed.error.issues, ['nodes', id], problems);
    else files.set(id, parsed.data);
  }
  return files;
};

const betweenParsed =
  (nodes: ReadonlyMap<string, WorkflowNode>) =>
  ({ from, to }: { readonly from: string; readonly to: string }): boolean =>
    nodes.has(from) && nodes.has(to);

const compileApprovals = (
  policies: WorkflowSettings['approvals'],
  expressions: ExpressionCompiler,
  catalog: WorkflowCatalog,
  problems: Problems,
): Map<string, ApprovalPolicy> => {
  const compiled = new Map<string, ApprovalPolicy>();
  policies.forEach((policy, index) => {
    const path = ['approvals', index];
    if (!catalog.tools.has(policy.tool)) problems.at([...path, 'tool'], `There is no tool "${policy.tool}"`);
    if (compiled.has(policy.tool)) problems.at([...path, 'tool'], `"${policy.tool}" has a policy already`);
    compiled.set(policy.tool, {
      tool: policy.tool,
      risk:
        policy.risk === undefined
          ? null
          : compileRisk(policy.risk, [...path, 'risk'], { node: null }, expressions),
      tiers: policy.tiers,
      require: policy.require,
      four_eyes: policy.four_eyes,
      expires_after_ms: policy.expires_after,
    });
  });
  return compiled;
};
