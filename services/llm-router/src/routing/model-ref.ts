import { BatonError } from '@baton/contracts';

/** A model of a provider. */
export interface ModelRef {
  readonly provider: string;
  readonly model: string;
}

/** `provider/model`; a model's own name may have slashes. */
export const parseModelRef = (text: string): ModelRef => {
  const at = text.indexOf('/');
  if (at < 1 || at === text.length - 1)
    throw new BatonError('validation-failed', `"${text}" is neither a tier nor provider/model`);
  return { provider: text.slice(0, at), model: text.slice(at + 1) };
};

export const modelName = ({ provider, model }: ModelRef): string => `${provider}/${model}`;
