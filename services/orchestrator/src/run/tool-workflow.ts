import type { Tool, ToolArguments } from '../tool/tool.js';

/** The step that is the call. */
export const CALL = 'call';

/** What a run takes beside its tool: events to be written, a turn at the bulkhead. */
const MARGIN_MS = 10_000;

/** The workflow that is one call of a tool: what `POST /api/v1/tools/{name}/execute` runs. JSON is YAML too. */
export const toolWorkflow = (
  { name, timeoutMs }: Pick<Tool, 'name' | 'timeoutMs'>,
  given: ToolArguments,
): string => {
  // By name: a value that stood here itself would be read as a template.
  const args = Object.fromEntries(Object.keys(given).map((key) => [key, argument(key)]));
  const timeout = `${timeoutMs + MARGIN_MS}ms`;
  return JSON.stringify({
    name: `tool_${name.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`.slice(0, 128),
    nodes: {
      [CALL]: { type: 'tool', tool: name, args, timeout, retry: { attempts: 1 } },
      done: { type: 'sink', sink: 'FINISH', needs: [CALL], output: `{{ nodes.${CALL} }}` },
    },
    limits: { timeout },
  });
};

/** Any name may stand in a JSON text as code points, braces and quotes too. */
const argument = (key: string): string => {
  const quoted = JSON.stringify(key).replaceAll(/[{}]/g, (brace) => `\\u00${brace === '{' ? '7b' : '7d'}`);
  return `{{ $lookup(input.args, ${quoted}) }}`;
};
