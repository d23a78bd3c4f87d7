/** Composio's SDK writes to the console, past our log and its redaction; read when it is loaded. */
process.env['COMPOSIO_LOG_LEVEL'] ??= 'silent';
