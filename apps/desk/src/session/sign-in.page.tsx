import { Alert, Button, PasswordInput } from '@mantine/core';
import { IconInfoCircle, IconKey } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useStore } from '../ui/store.js';
import { sessionEnd, signIn } from './session.js';
import styles from './sign-in.module.css';

/** Sign-in with a staff token; it says why the last session ended. */
export const SignInPage = (): ReactElement => {
  const { t } = useTranslation();
  const [token, setToken] = useState('');
  const [isWrong, setWrong] = useState(false);
  const ended = useStore(sessionEnd);
  return (
    <main className={styles.page}>
      <form
        className={styles.card}
        onSubmit={(event) => {
          event.preventDefault();
          setWrong(!signIn(token));
        }}
      >
        <img
          className={styles.mark}
          src={`${import.meta.env.BASE_URL}icon.svg`}
          alt=""
          width={36}
          height={36}
        />
        <h1 className={styles.title}>{t('sign_in.title')}</h1>
        {ended && (
          <Alert
            color={ended === 'signed_out' ? 'gray' : 'yellow'}
            icon={<IconInfoCircle size={18} />}
            role="status"
          >
            {t(`sign_in.${ended}`)}
          </Alert>
        )}
        <p className={styles.lead}>{t('sign_in.lead')}</p>
        <PasswordInput
          label={t('sign_in.field')}
          value={token}
          onChange={(event) => {
            setToken(event.currentTarget.value);
            setWrong(false);
          }}
          error={isWrong && t('sign_in.not_a_token')}
          leftSection={<IconKey size={16} />}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          required
          withAsterisk={false}
        />
        <Button type="submit" size="sm" fullWidth disabled={token.trim() === ''}>
          {t('sign_in.submit')}
        </Button>
        <details className={styles.how}>
          <summary>{t('sign_in.how')}</summary>
          <p>{t('sign_in.how_text')}</p>
        </details>
      </form>
    </main>
  );
};
