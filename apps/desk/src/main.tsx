import '@mantine/core/styles.css';
import 'virtual:mantine-variables.css';
import './theme/tokens.css';
import './theme/base.css';

import { createRoot } from 'react-dom/client';

import { App } from './app.js';
import { startI18n } from './i18n/i18n.js';
import { reloadWhenOutdated } from './reload-when-outdated.js';
import { restoreSession } from './session/session.js';

reloadWhenOutdated();
restoreSession();
startI18n();

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
