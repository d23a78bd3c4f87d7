import { ActionIcon } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { toast } from '../ui/toast.js';

interface CopyButtonProps {
  readonly text: string;
  readonly what: 'event' | 'conversation' | 'trace' | 'run';
}

/** Puts an id into the clipboard, and says so. */
export const CopyButton = ({ text, what }: CopyButtonProps): ReactElement => {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const name = t(`inspector.what_${what}`);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Not over plain HTTP from afar, nor where the person said no.
      toast({
        tone: 'bad',
        title: t('inspector.not_copied', { what: name }),
        message: t('inspector.not_allowed'),
      });
    }
  };
  return (
    <>
      <ActionIcon
        size={24}
        variant="subtle"
        color="gray"
        aria-label={t('inspector.copy', { what: name })}
        title={t('inspector.copy', { what: name })}
        onClick={() => void copy()}
        onBlur={() => setCopied(false)}
      >
        {isCopied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      </ActionIcon>
      <span className="only-read" role="status">
        {isCopied && t('inspector.copied', { what: name })}
      </span>
    </>
  );
};
