import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';

import { ToolError } from '../tool.js';

/**
 * What an MCP tool gave: its structured content where it has some, else its text; what is neither is told, not shown.
 * @throws ToolError `mcp-error` where it says that it failed
 */
export const resultOf = ({ content, structuredContent, isError }: CallToolResult): unknown => {
  const parts = content.map(shown);
  if (isError === true)
    throw new ToolError('mcp-error', parts.map(inWords).join('\n') || 'The tool failed and did not say why');
  if (structuredContent !== undefined) return structuredContent;
  if (parts.every((part) => typeof part === 'string')) return parts.join('\n');
  return parts;
};

const shown = (block: ContentBlock): unknown => {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `(${block.mimeType}, ${bytesOf(block.data)} bytes)`;
    case 'resource_link':
      return {
        uri: block.uri,
        name: block.name,
        ...(block.description !== undefined && { description: block.description }),
      };
    case 'resource':
      return 'text' in block.resource
        ? { uri: block.resource.uri, text: block.resource.text }
        : { uri: block.resource.uri, note: `${bytesOf(block.resource.blob)} bytes that are no text` };
  }
};

const bytesOf = (base64: string): number => Buffer.byteLength(base64, 'base64');

const inWords = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));
