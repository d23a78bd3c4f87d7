export * from './memory-database.js';
export * from './memory-log.js';
export * from './memory-rows.js';
export * from './memory-statements.js';
export * from './memory-tables.js';
