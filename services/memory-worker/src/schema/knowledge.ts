/** Embeddings of knowledge passages by what they say, so that a restart embeds nothing; of all tenants (`*`). */
export const knowledgeTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.knowledge_embeddings (
     tenant_id text NOT NULL DEFAULT '*',
     embedding_model text NOT NULL,
     -- SHA-256 of the text that was embedded.
     content_hash text NOT NULL,
     embedding bytea NOT NULL,
     embedded_at timestamptz(3) NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, embedding_model, content_hash)
   )`,
];

export const dropKnowledgeTables = (schema: string): string[] => [
  `DROP TABLE ${schema}.knowledge_embeddings`,
];
