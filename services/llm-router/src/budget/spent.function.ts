/** What a tenant, workflow, conversation or run has spent; each by the index that finds it. */
export const spentFunction = (schema: string): string => `
CREATE OR REPLACE FUNCTION ${schema}.llm_spent(tenant text, scope_ text, owner_ text, conversation text, workflow_ text, since date)
RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE spent numeric;
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  IF scope_ IN ('tenant', 'workflow') THEN
    SELECT sum(cost_usd) INTO spent FROM ${schema}.llm_calls
     WHERE tenant_id = tenant AND started_at >= since::timestamp AT TIME ZONE 'UTC'
       AND (scope_ = 'tenant' AND (workflow_ IS NULL OR workflow = workflow_) OR scope_ = 'workflow' AND workflow = owner_);
  ELSIF scope_ = 'conversation' THEN
    SELECT sum(cost_usd) INTO spent FROM ${schema}.llm_calls
     WHERE tenant_id = tenant AND conversation_id = owner_ AND cost_usd > 0;
  ELSIF conversation IS NULL THEN
    SELECT sum(cost_usd) INTO spent FROM ${schema}.llm_calls
     WHERE tenant_id = tenant AND conversation_id IS NULL AND run_id = owner_ AND cost_usd > 0;
  ELSE
    SELECT sum(cost_usd) INTO spent FROM ${schema}.llm_calls
     WHERE tenant_id = tenant AND conversation_id = conversation AND run_id = owner_ AND cost_usd > 0;
  END IF;
  RETURN coalesce(spent, 0);
END $$`;
