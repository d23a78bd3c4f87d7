/** Composio's SDK writes to the console, past our log and its redaction: errors only; read when it is loaded. */
process.env['COMPOSIO_LOG_LEVEL'] ??= 'error';
