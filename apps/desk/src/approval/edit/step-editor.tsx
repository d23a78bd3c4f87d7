import { Button, Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { EditedStep } from '../../api/commands.js';
import { type ArgumentField, fieldsOf, type Mistake, readArguments, textsOf } from './argument-fields.js';

interface StepEditorProps {
  readonly step: EditedStep;
  readonly schema: Record<string, unknown> | undefined;
  /** What the server said, by `<step>.<argument>`. */
  readonly refusals: ReadonlyMap<string, string>;
  readonly index: number;
  /** Undefined while what stands there is nothing that could be sent. */
  readonly onChange: (args: unknown) => void;
}

/** The arguments of one step: a field for each, or all of them as JSON. */
export const StepEditor = (props: StepEditorProps): ReactElement => {
  const { t } = useTranslation();
  const { step, schema, onChange } = props;
  const [args, setArgs] = useState(step.args);
  const fields = fieldsOf(schema, args);
  const [isJson, setJson] = useState(fields === null);
  const [isBroken, setBroken] = useState(false);
  const change = (next: unknown): void => {
    setBroken(next === undefined);
    if (next !== undefined) setArgs(next);
    onChange(next);
  };
  return (
    <>
      {isJson || fields === null ? (
        <JsonEditor args={args} onChange={change} />
      ) : (
        <Fields {...props} args={args} fields={fields} onChange={change} />
      )}
      {fields !== null && (
        <div>
          <Button variant="subtle" size="compact-xs" disabled={isBroken} onClick={() => setJson(!isJson)}>
            {t(isJson ? 'approvals.as_fields' : 'approvals.as_json')}
          </Button>
        </div>
      )}
    </>
  );
};

const JsonEditor = ({
  args,
  onChange,
}: {
  readonly args: unknown;
  readonly onChange: (args: unknown) => void;
}): ReactElement => {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(args ?? {}, null, 2));
  const [isWrong, setWrong] = useState(false);
  const change = (value: string): void => {
    setText(value);
    try {
      onChange(JSON.parse(value));
      setWrong(false);
    } catch {
      setWrong(true);
      onChange(undefined);
    }
  };
  return (
    <Textarea
      label={t('approvals.json')}
      value={text}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      error={isWrong && t('approvals.mistake.json')}
      spellCheck={false}
      autosize
      minRows={4}
      maxRows={20}
    />
  );
};

interface FieldsProps extends StepEditorProps {
  readonly args: unknown;
  readonly fields: readonly ArgumentField[];
}

const Fields = ({ args, fields, refusals, index, onChange }: FieldsProps): ReactElement => {
  // The fields stay as they began: a value that is left out for now keeps its field.
  const [own] = useState(fields);
  const [texts, setTexts] = useState(() => textsOf(fields, args));
  const { mistakes } = readArguments(own, texts);
  const change = (name: string, text: string): void => {
    const next = { ...texts, [name]: text };
    setTexts(next);
    const read = readArguments(own, next);
    onChange(Object.keys(read.mistakes).length > 0 ? undefined : read.args);
  };
  return (
    <>
      {own.map((field) => (
        <Field
          key={field.name}
          field={field}
          text={texts[field.name] ?? ''}
          mistake={mistakes[field.name]}
          refusal={refusals.get(`${index}.${field.name}`)}
          onChange={(text) => change(field.name, text)}
        />
      ))}
    </>
  );
};

interface FieldProps {
  readonly field: ArgumentField;
  readonly text: string;
  readonly mistake: Mistake | undefined;
  readonly refusal: string | undefined;
  readonly onChange: (text: string) => void;
}

/** Longer than this is written on more than one line. */
const LINE = 60;

const Field = ({ field, text, mistake, refusal, onChange }: FieldProps): ReactElement => {
  const { t } = useTranslation();
  const { label, hint, kind, isRequired, min, max } = field;
  const error = mistake ? t(`approvals.mistake.${mistake}`, { min, max }) : refusal;
  const common = {
    label,
    required: isRequired,
    withAsterisk: isRequired,
    ...(hint !== null && { description: hint }),
    ...(error !== undefined && { error }),
  };
  if (kind === 'flag')
    return (
      <Checkbox
        label={label}
        {...(hint !== null && { description: hint })}
        checked={text === 'true'}
        onChange={({ currentTarget }) => onChange(String(currentTarget.checked))}
      />
    );
  if (kind === 'choice')
    return (
      <Select
        {...common}
        value={text === '' ? null : text}
        onChange={(value) => onChange(value ?? '')}
        data={[...new Set([...field.choices, ...(text === '' ? [] : [text])])]}
        clearable={!isRequired}
      />
    );
  if (kind === 'json' || (kind === 'text' && (text.length > LINE || text.includes('\n'))))
    return (
      <Textarea
        {...common}
        value={text}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        spellCheck={kind === 'text'}
        autosize
        minRows={2}
        maxRows={16}
      />
    );
  const isNumber = kind === 'number' || kind === 'integer';
  return (
    <TextInput
      {...common}
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      {...(isNumber && { inputMode: kind === 'integer' ? ('numeric' as const) : ('decimal' as const) })}
    />
  );
};
