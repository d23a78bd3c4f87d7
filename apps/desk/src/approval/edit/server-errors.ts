import type { FieldProblem } from '@baton/client';

/** What the server says of a step's argument, or of the plan where it names none. */
export interface PlanMistakes {
  /** By `<step>.<argument>`. */
  readonly fields: ReadonlyMap<string, string>;
  readonly others: readonly string[];
}

/** `edited_plan.steps[0].args.amount` and `edited_plan.steps.0.args.amount` name the same argument. */
const ARGUMENT = /steps(?:\.|\[)(\d+)\]?\.args\.([^.[\]]+)/;

export const mistakesOf = (errors: readonly FieldProblem[]): PlanMistakes => {
  const fields = new Map<string, string>();
  const others: string[] = [];
  for (const { path, message } of errors) {
    const found = ARGUMENT.exec(path);
    if (found?.[1] !== undefined && found[2] !== undefined) fields.set(`${found[1]}.${found[2]}`, message);
    else others.push(`${path}: ${message}`);
  }
  return { fields, others };
};

export const NO_MISTAKES: PlanMistakes = { fields: new Map(), others: [] };
