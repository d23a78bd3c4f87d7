/**
 * What is asked so often that it must cost one round trip: functions that set their tenant themselves, for
 * `Database.hot`. Lists that people page through are plain SQL in the repositories.
 */
export const queryFunctions = (schema: string): readonly string[] => [
  `CREATE FUNCTION ${schema}.agents_of(tenant text) RETURNS SETOF ${schema}.human_agents LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT a.* FROM ${schema}.human_agents a WHERE a.tenant_id = tenant;
   END $$`,

  `CREATE FUNCTION ${schema}.find_offer(tenant text, offer text) RETURNS SETOF ${schema}.offers LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT o.* FROM ${schema}.offers o WHERE o.tenant_id = tenant AND o.offer_id = offer;
   END $$`,

  // The unfinished items of one conversation, and the head of the queue: what a new handover has to know.
  `CREATE FUNCTION ${schema}.before_enqueue(tenant text, conversation text, at timestamptz, page int)
   RETURNS TABLE (unfinished text[], head jsonb) LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT
       (SELECT coalesce(array_agg(q.handover_id), '{}') FROM ${schema}.agent_queue q
         WHERE q.tenant_id = tenant AND q.conversation_id = conversation AND q.status <> 'CLOSED'),
       (SELECT coalesce(jsonb_agg(to_jsonb(h)), '[]') FROM
         (SELECT q.handover_id, q.priority, q.enqueued_at, q.sla_due_at, q.required_skills, q.passes, q.target_agent_id,
                 q.offered_to, q.parallel, q.sought
            FROM ${schema}.agent_queue q
           WHERE q.tenant_id = tenant AND q.seeking AND (q.held_until IS NULL OR q.held_until <= at)
           ORDER BY q.rank_at, q.handover_id LIMIT page) h);
   END $$`,

  // Each different requirement of the items that seek somebody, by jumping from one to the next in the index.
  `CREATE FUNCTION ${schema}.sought_requirements(tenant text) RETURNS TABLE (requirement text) LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY WITH RECURSIVE each_one AS (
       SELECT min(q.requirement) AS found FROM ${schema}.agent_queue q WHERE q.tenant_id = tenant AND q.seeking
       UNION ALL
       SELECT (SELECT min(q.requirement) FROM ${schema}.agent_queue q
                WHERE q.tenant_id = tenant AND q.seeking AND q.requirement > e.found)
         FROM each_one e WHERE e.found IS NOT NULL
     ) SELECT e.found FROM each_one e WHERE e.found IS NOT NULL;
   END $$`,

  // Items in their order that one of the free agents could take: by requirement, or because a transfer named them.
  `CREATE FUNCTION ${schema}.seeking_page(tenant text, requirements text[], targets text[], at timestamptz,
                                          after_rank timestamptz, after_id text, page int)
   RETURNS SETOF ${schema}.agent_queue LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT q.* FROM ${schema}.agent_queue q
       WHERE q.tenant_id = tenant AND q.seeking AND (q.held_until IS NULL OR q.held_until <= at)
         AND (q.requirement = ANY(requirements) OR q.target_agent_id = ANY(targets))
         AND (after_rank IS NULL OR (q.rank_at, q.handover_id) > (after_rank, after_id))
       ORDER BY q.rank_at, q.handover_id LIMIT page;
   END $$`,

  // Where an item stands; nothing for one that does not wait.
  `CREATE FUNCTION ${schema}.place_of(tenant text, handover text) RETURNS TABLE (status text, place int) LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT q.status,
       (SELECT count(*)::int + 1 FROM ${schema}.agent_queue b
         WHERE b.tenant_id = tenant AND b.status = 'WAITING' AND q.status = 'WAITING'
           AND (b.rank_at, b.handover_id) < (q.rank_at, q.handover_id))
       FROM ${schema}.agent_queue q WHERE q.tenant_id = tenant AND q.handover_id = handover;
   END $$`,

  // The last hour, from its newest 200 cases, and who is there now: what an estimate of the wait goes by.
  `CREATE FUNCTION ${schema}.queue_pace(tenant text, since timestamptz)
   RETURNS TABLE (samples int, mean_accept_seconds float8, mean_handling_seconds float8, online_slots int, free_slots int)
   LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT least(accepted.n, handled.n)::int, coalesce(accepted.mean, 0)::float8, coalesce(handled.mean, 0)::float8,
                         staff.slots::int, staff.free::int
       FROM (SELECT count(*) AS n, avg(extract(epoch FROM o.ended_at - o.created_at)) AS mean FROM
               (SELECT x.ended_at, x.created_at FROM ${schema}.offers x
                 WHERE x.tenant_id = tenant AND x.status = 'ACCEPTED' AND x.ended_at > since
                 ORDER BY x.ended_at DESC LIMIT 200) o) accepted,
            (SELECT count(*) AS n, avg(extract(epoch FROM q.closed_at - q.first_assigned_at)) AS mean FROM
               (SELECT x.closed_at, x.first_assigned_at FROM ${schema}.agent_queue x
                 WHERE x.tenant_id = tenant AND x.first_assigned_at IS NOT NULL AND x.closed_at > since
                 ORDER BY x.closed_at DESC LIMIT 200) q) handled,
            (SELECT coalesce(sum(a.max_concurrent), 0) AS slots,
                    coalesce(sum(greatest(0, a.max_concurrent - a.active_count)), 0) AS free
               FROM ${schema}.human_agents a WHERE a.tenant_id = tenant AND a.status = 'ONLINE') staff;
   END $$`,

  // Who had this conversation or this customer, each once, latest first.
  `CREATE FUNCTION ${schema}.knowing_agents(tenant text, conversation text, customer text, since timestamptz)
   RETURNS TABLE (agent_id text) LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT known.agent_id FROM
       (SELECT q.agent_id, q.enqueued_at FROM ${schema}.agent_queue q
         WHERE q.tenant_id = tenant AND q.conversation_id = conversation
        UNION ALL
        SELECT q.agent_id, q.enqueued_at FROM ${schema}.agent_queue q
         WHERE q.tenant_id = tenant AND q.customer_key = customer) known
       WHERE known.agent_id IS NOT NULL AND known.enqueued_at > since
       GROUP BY known.agent_id ORDER BY max(known.enqueued_at) DESC, known.agent_id LIMIT 3;
   END $$`,

  `CREATE FUNCTION ${schema}.recall_answer(tenant text, key_scope text) RETURNS TABLE (body_hash text, answer jsonb)
   LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM set_config('app.tenant', tenant, true);
     RETURN QUERY SELECT i.body_hash, i.answer FROM ${schema}.idempotency i
       WHERE i.tenant_id = tenant AND i.scope = key_scope AND (i.expires_at IS NULL OR i.expires_at > now());
   END $$`,
];

export const QUERY_SIGNATURES = [
  'agents_of(text)',
  'find_offer(text, text)',
  'before_enqueue(text, text, timestamptz, int)',
  'sought_requirements(text)',
  'seeking_page(text, text[], text[], timestamptz, timestamptz, text, int)',
  'place_of(text, text)',
  'queue_pace(text, timestamptz)',
  'knowing_agents(text, text, text, timestamptz)',
  'recall_answer(text, text)',
] as const;
